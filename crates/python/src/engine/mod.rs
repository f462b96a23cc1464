//! All scripts of a hub.
pub struct Engine; pub struct EngineConfig; pub struct EngineError; pub struct LoadError;
