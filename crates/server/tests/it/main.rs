//! The server from outside: raw sockets against the listener, and the whole application.

mod listener;
