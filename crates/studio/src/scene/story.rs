//! What a prompt asks to see, as values: the one thing that the painters know of a text. No words
//! in here (see `words`) and no pixels.

/// Somewhere that things happen; at most two of them make the backdrop and the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Sea,
    Underwater,
    Mountain,
    City,
    Forest,
    Desert,
    Sky,
    Space,
    River,
    Road,
    Room,
    Flowers,
    /// Drifting light: what a text without a picture in it gets.
    Abstract,
}

/// Someone or something that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Fish,
    Bird,
    Butterfly,
    Cat,
    Dog,
    Horse,
    Person,
    Car,
    Ship,
    Rocket,
    Balloon,
    Robot,
    Fire,
}

/// What the actors are about; `Natural` is what each kind does unasked (a fish swims).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Natural,
    Run,
    Dance,
}

/// How large the actors are beside their usual size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    Small,
    Usual,
    Huge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    Dawn,
    Day,
    Dusk,
    Night,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    Clear,
    Cloudy,
    Fog,
    Rain,
    Storm,
    Snow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Plain,
    Joyful,
    Dreamy,
    Dark,
    Dramatic,
    Futuristic,
    Monochrome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Camera {
    /// A slow drift whose direction the seed and the variant choose.
    Drift,
    Still,
    PanLeft,
    PanRight,
    TiltUp,
    TiltDown,
    ZoomIn,
    ZoomOut,
    Orbit,
    Aerial,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Red,
    Orange,
    Yellow,
    Gold,
    Green,
    Teal,
    Blue,
    Purple,
    Pink,
    Brown,
    Black,
    White,
    Grey,
}

/// Actors of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cast {
    pub kind: Kind,
    /// 1..=12.
    pub count: u8,
    pub colour: Option<Colour>,
    pub scale: Scale,
}

/// A whole prompt, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// One or two, the first named first.
    pub places: Vec<Place>,
    /// None to three, in the order named.
    pub cast: Vec<Cast>,
    pub action: Action,
    pub time: Time,
    pub weather: Weather,
    pub mood: Mood,
    pub camera: Camera,
    /// A colour that was not said of an actor: it tints the light.
    pub tint: Option<Colour>,
}

impl Story {
    /// Whether this place is one of the story's.
    #[must_use]
    pub fn is_in(&self, place: Place) -> bool {
        self.places.contains(&place)
    }

    /// Whether actors of this kind are in it.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.cast.iter().any(|cast| cast.kind == kind)
    }
}
