"""Documents in MongoDB: one database per tenant, one for what all tenants share."""
