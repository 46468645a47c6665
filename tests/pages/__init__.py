"""The order desk in the browser."""
