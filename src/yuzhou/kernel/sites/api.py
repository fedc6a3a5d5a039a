"""The door to sites."""

from yuzhou.kernel.sites.contracts import SiteView
from yuzhou.kernel.sites.selectors import get_site, list_sites
from yuzhou.kernel.sites.services import close_site, register_site, update_site

__all__ = ["SiteView", "close_site", "get_site", "list_sites", "register_site", "update_site"]
