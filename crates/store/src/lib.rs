//! Framewright's durable store.
