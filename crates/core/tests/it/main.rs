//! How a task moves, seen from outside `core`: the whole status tables, and long random histories.

mod late;
mod progress;
mod sample;
mod sequences;
mod steps;
mod table;
