//! A paid provider in miniature: it takes jobs, writes each purchase to a file and syncs it before
//! it answers, and serves small real MP4s. A double that rests on no vendor's facts: its wire is its
//! own, made to be counted.

mod calling;
pub mod faults;
pub mod provider;
pub mod service;
pub mod video;
