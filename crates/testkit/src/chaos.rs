//! Several real servers over one PostgreSQL database, and what is done to them: killed, stopped, cut
//! off, their database disturbed. What they leave behind is the checker's to judge.

pub mod cluster;
pub mod database;
pub mod harm;
pub mod kills;
pub mod lapses;
pub mod storms;
pub mod wire;
