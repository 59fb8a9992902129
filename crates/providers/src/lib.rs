//! Upstream protocols, one file each.
