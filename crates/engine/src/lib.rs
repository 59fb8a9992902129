//! The loop that makes tasks move.
