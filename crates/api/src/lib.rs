//! HTTP in: the APIFRAME v1 wire and extensions.
