//! Files, from the order to the last decoded frame: what `clip` writes is read back by `probe` and
//! `decode`, what strangers send is read or refused, and nothing panics.

mod extend;
mod hostile;
mod read;
mod splice;
mod support;
mod write;
