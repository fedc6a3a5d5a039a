"""The keys of the environment's permissions."""

READ = "environment.outlet:read"
REGISTER = "environment.outlet:register"
SET_LIMIT = "environment.limit:set"
READ_REPORT = "environment.report:read"
MAKE_REPORT = "environment.report:make"
