"""The pages that people see: one module a screen, each declares its routes as `ROUTES`."""
