"""PostgreSQL as Django knows it, with connections that are known to be alive."""
