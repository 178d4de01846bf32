"""The loop of `make demo` with the services in containers, as `compose.yaml` has them."""
