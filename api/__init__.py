"""HTTP under `/api/v1`: receives ready services and never builds them."""
