"""The core: catalogue, assets, messages, deliveries, tenants, plugins and storage."""
