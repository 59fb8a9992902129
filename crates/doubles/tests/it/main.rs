//! The doubles over real sockets: what the common parts do for every double, and what each refuses.

mod calls;
mod client;
mod common;
mod control;
mod dashscope;
mod fal;
mod replicate;
mod runway;
