"""What the files declare."""

from yuzhou.kernel.declarations import Mount, Part, PeriodicJob
from yuzhou.kernel.text import Text

files = Part(
    key="kernel.files",
    title=Text("文件", "Files"),
    mounts=(Mount("files/", "yuzhou.kernel.files.urls"),),
    jobs=(PeriodicJob("kernel.sweep-files", "10 4 * * *", "yuzhou.kernel.files.services:sweep"),),
)
