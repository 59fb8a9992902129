//! Pixels: draw, move, encode, mux.
