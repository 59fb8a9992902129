//! The vocabulary: what each English word or short phrase names. Only a table; how words combine
//! is `words`. A regular plural needs no line of its own.

use crate::scene::story::{Action, Camera, Colour, Kind, Mood, Place, Scale, Time, Weather};

/// What a word names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Place(Place),
    Actor(Kind),
    Action(Action),
    Scale(Scale),
    Time(Time),
    Weather(Weather),
    Mood(Mood),
    Camera(Camera),
    Colour(Colour),
    Count(u8),
    /// What follows is not wanted.
    Not,
}

/// A meaning and the words for it, in singular, lower case, parted by commas.
type Line = (Meaning, &'static str);

/// The meaning of one word or phrase (up to three words parted by single spaces), if it has one.
#[must_use]
pub fn meaning(phrase: &str) -> Option<Meaning> {
    let named = |list: &str| list.split(',').any(|word| word == phrase);
    TABLES
        .iter()
        .flat_map(|table| table.iter())
        .find(|line| named(line.1))
        .map(|line| line.0)
}

const TABLES: &[&[Line]] = &[
    PLACES, ACTORS, ACTIONS, TIMES, WEATHERS, MOODS, CAMERAS, COLOURS, COUNTS,
];

const PLACES: &[Line] = &[
    (
        Meaning::Place(Place::Sea),
        "sea,ocean,beach,coast,shore,bay,harbour,harbor,wave,surf,seaside,island,lagoon",
    ),
    (
        Meaning::Place(Place::Underwater),
        "underwater,reef,coral,coral reef,under the sea,under water,seabed,deep sea,aquarium",
    ),
    (
        Meaning::Place(Place::Mountain),
        "mountain,peak,alps,alp,hill,cliff,summit,valley,mountainous,volcano,highland,canyon,glacier,fjord",
    ),
    (
        Meaning::Place(Place::City),
        "city,cityscape,town,skyline,skyscraper,downtown,metropolis,street,urban,building,village,tokyo,york,paris,london,tower,alley,castle",
    ),
    (
        Meaning::Place(Place::Forest),
        "forest,wood,woods,jungle,tree,pine,rainforest,grove,woodland,park,wilderness",
    ),
    (
        Meaning::Place(Place::Desert),
        "desert,dune,sand,sahara,oasis,savanna,savannah,wasteland",
    ),
    (
        Meaning::Place(Place::Sky),
        "sky,cloud,heaven,air,above the clouds",
    ),
    (
        Meaning::Place(Place::Space),
        "space,outer space,on the moon,lunar,galaxy,star,planet,cosmos,universe,nebula,orbit of,asteroid,cosmic,mars",
    ),
    (
        Meaning::Place(Place::River),
        "river,stream,creek,lake,pond,waterfall,canal,brook",
    ),
    (
        Meaning::Place(Place::Road),
        "road,highway,route,path,freeway,motorway,racetrack,track",
    ),
    (
        Meaning::Place(Place::Room),
        "room,bedroom,kitchen,house,interior,indoor,indoors,living room,office,cafe,studio,library,home,sofa,table,window,bed,couch,fireplace",
    ),
    (
        Meaning::Place(Place::Flowers),
        "flower,rose,tulip,meadow,field,garden,blossom,sunflower,daisy,lavender,poppy,grass,petal,spring,prairie,farm",
    ),
    (
        Meaning::Place(Place::Abstract),
        "abstract,pattern,shape,geometric,fractal,gradient,liquid,swirl,particle",
    ),
];

const ACTORS: &[Line] = &[
    (
        Meaning::Actor(Kind::Fish),
        "fish,fishes,goldfish,shark,dolphin,whale,salmon,koi,tuna,clownfish",
    ),
    (
        Meaning::Actor(Kind::Bird),
        "bird,eagle,seagull,gull,swan,crow,raven,goose,geese,dove,pigeon,owl,hawk,parrot,flamingo,crane,stork,falcon,dragon,bat",
    ),
    (
        Meaning::Actor(Kind::Butterfly),
        "butterfly,moth,bee,dragonfly,fairy",
    ),
    (
        Meaning::Actor(Kind::Cat),
        "cat,kitten,kitty,lion,tiger,leopard,panther,cheetah,lynx,feline",
    ),
    (
        Meaning::Actor(Kind::Dog),
        "dog,puppy,wolf,wolves,fox,hound,corgi,husky,labrador,retriever,poodle,coyote,canine,bear",
    ),
    (
        Meaning::Actor(Kind::Horse),
        "horse,pony,stallion,mare,foal,unicorn,zebra,mustang,deer,donkey,stag,cow,camel",
    ),
    (
        Meaning::Actor(Kind::Person),
        "person,people,man,men,woman,women,girl,boy,child,children,human,astronaut,dancer,runner,walker,hero,knight,wizard,soldier,lady,guy,kid,crowd,couple,samurai,warrior,character,figure,traveler,traveller,surfer,monk,king,queen,princess,prince,student,pedestrian,hiker",
    ),
    (
        Meaning::Actor(Kind::Car),
        "car,automobile,truck,taxi,van,bus,racecar,sportscar,vehicle,jeep,convertible,sedan,cab,motorcar",
    ),
    (
        Meaning::Actor(Kind::Ship),
        "ship,boat,sailboat,yacht,vessel,sailing ship,galleon,ferry,fishing boat,canoe,schooner,frigate",
    ),
    (
        Meaning::Actor(Kind::Rocket),
        "rocket,spaceship,spacecraft,starship,shuttle,space ship,space shuttle,ufo",
    ),
    (
        Meaning::Actor(Kind::Balloon),
        "balloon,hot air balloon,airship,zeppelin,blimp",
    ),
    (
        Meaning::Actor(Kind::Robot),
        "robot,mech,android,mecha,mech suit,droid,cyborg,automaton,golem",
    ),
    (
        Meaning::Actor(Kind::Fire),
        "fire,flame,campfire,bonfire,burning,blaze,torch,inferno,ember",
    ),
];

const ACTIONS: &[Line] = &[
    (
        Meaning::Action(Action::Run),
        "run,running,gallop,galloping,race,racing,sprint,sprinting,chase,chasing,speeding,rushing,fast,jogging,dashing",
    ),
    (
        Meaning::Action(Action::Dance),
        "dance,dancing,party,celebrating,disco,waltz,grooving,twirling",
    ),
    (
        Meaning::Scale(Scale::Small),
        "small,tiny,little,miniature,distant,baby",
    ),
    (
        Meaning::Scale(Scale::Huge),
        "huge,giant,colossal,enormous,towering,massive,gigantic,large,big,immense,titanic",
    ),
];

const TIMES: &[Line] = &[
    (
        Meaning::Time(Time::Dawn),
        "dawn,sunrise,morning,daybreak,first light",
    ),
    (
        Meaning::Time(Time::Day),
        "day,noon,midday,daylight,daytime,afternoon,sunny,sunlight,sunshine,sun",
    ),
    (
        Meaning::Time(Time::Dusk),
        "dusk,sunset,evening,twilight,golden hour,sundown,blue hour",
    ),
    (
        Meaning::Time(Time::Night),
        "night,midnight,moonlight,moonlit,nighttime,nocturnal,moon,starry,nightfall,full moon,night sky,starry night,starry sky",
    ),
];

const WEATHERS: &[Line] = &[
    (
        Meaning::Weather(Weather::Clear),
        "clear,cloudless,clear sky,fair",
    ),
    (
        Meaning::Weather(Weather::Cloudy),
        "cloudy,overcast,clouded,gloomy sky",
    ),
    (
        Meaning::Weather(Weather::Fog),
        "fog,foggy,mist,misty,haze,hazy,smoke,smoky",
    ),
    (
        Meaning::Weather(Weather::Rain),
        "rain,rainy,raining,drizzle,downpour,shower,monsoon,wet,rainfall",
    ),
    (
        Meaning::Weather(Weather::Storm),
        "storm,stormy,thunder,thunderstorm,lightning,tempest,hurricane,typhoon",
    ),
    (
        Meaning::Weather(Weather::Snow),
        "snow,snowy,snowing,blizzard,winter,snowfall,snowflake,arctic,icy,frozen,christmas,ice",
    ),
];

const MOODS: &[Line] = &[
    (
        Meaning::Mood(Mood::Joyful),
        "happy,joyful,cheerful,playful,vibrant,colourful,colorful,bright,fun,lively,cute,vivid,funny",
    ),
    (
        Meaning::Mood(Mood::Dreamy),
        "dreamy,dream,magical,magic,ethereal,surreal,whimsical,romantic,fantasy,enchanted,pastel,soft,dreamlike,mystical",
    ),
    (
        Meaning::Mood(Mood::Dark),
        "dark,gloomy,sad,moody,scary,spooky,ominous,horror,eerie,melancholy,lonely,noir,haunted,sinister",
    ),
    (
        Meaning::Mood(Mood::Dramatic),
        "dramatic,epic,cinematic,intense,battle,war,powerful,apocalyptic,majestic,heroic",
    ),
    (
        Meaning::Mood(Mood::Futuristic),
        "futuristic,cyberpunk,neon,future,sci fi,scifi,high tech,holographic,synthwave,dystopian",
    ),
    (
        Meaning::Mood(Mood::Monochrome),
        "monochrome,black and white,grayscale,greyscale,black white,vintage,sepia",
    ),
    (
        Meaning::Mood(Mood::Plain),
        "calm,serene,peaceful,quiet,tranquil,relaxing,gentle",
    ),
];

const CAMERAS: &[Line] = &[
    (
        Meaning::Camera(Camera::Still),
        "static,static shot,static camera,still camera,fixed camera,locked,tripod,still shot",
    ),
    (
        Meaning::Camera(Camera::PanLeft),
        "pan left,panning left,pans left,camera left,truck left,moving left",
    ),
    (
        Meaning::Camera(Camera::PanRight),
        "pan right,panning right,pans right,pan,panning,camera right,tracking shot,truck right,moving right",
    ),
    (
        Meaning::Camera(Camera::TiltUp),
        "tilt up,tilting up,pan up,crane up,rising camera,look up,pedestal up",
    ),
    (
        Meaning::Camera(Camera::TiltDown),
        "tilt down,tilting down,pan down,crane down,pedestal down",
    ),
    (
        Meaning::Camera(Camera::ZoomIn),
        "zoom in,zoom,zooming in,zooming,zooms in,dolly in,dolly,push in,close up,closeup,camera forward,moving forward",
    ),
    (
        Meaning::Camera(Camera::ZoomOut),
        "zoom out,zooming out,zooms out,dolly out,pull back,pull out,wide shot,pulling back",
    ),
    (
        Meaning::Camera(Camera::Orbit),
        "orbit,orbiting,arc shot,rotating camera,360,circling",
    ),
    (
        Meaning::Camera(Camera::Aerial),
        "aerial,drone,drone shot,flyover,from above,bird s eye,birds eye,aerial view,overhead,fly over,flying over",
    ),
];

const COLOURS: &[Line] = &[
    (Meaning::Colour(Colour::Red), "red,crimson,scarlet,ruby"),
    (Meaning::Colour(Colour::Orange), "orange,ginger,amber"),
    (Meaning::Colour(Colour::Yellow), "yellow,lemon"),
    (Meaning::Colour(Colour::Gold), "gold,golden,bronze"),
    (Meaning::Colour(Colour::Green), "green,emerald,lime"),
    (Meaning::Colour(Colour::Teal), "teal,turquoise,cyan,aqua"),
    (Meaning::Colour(Colour::Blue), "blue,azure,navy,sapphire"),
    (
        Meaning::Colour(Colour::Purple),
        "purple,violet,indigo,magenta",
    ),
    (Meaning::Colour(Colour::Pink), "pink,rosy,fuchsia"),
    (Meaning::Colour(Colour::Brown), "brown,chestnut,tan"),
    (Meaning::Colour(Colour::Black), "black,ebony"),
    (Meaning::Colour(Colour::White), "white,ivory"),
    (Meaning::Colour(Colour::Grey), "grey,gray,silver"),
];

const COUNTS: &[Line] = &[
    (Meaning::Count(1), "a,an,one,1,single,lone,solitary"),
    (Meaning::Count(2), "two,2,pair,pair of,couple of,both,twin"),
    (Meaning::Count(3), "three,3,trio,few,some"),
    (Meaning::Count(4), "four,4"),
    (Meaning::Count(5), "five,5,several,group of"),
    (Meaning::Count(6), "six,6"),
    (
        Meaning::Count(7),
        "seven,7,many,flock,school of,herd,herd of,flock of,pack of",
    ),
    (Meaning::Count(8), "eight,8,lots,lots of"),
    (Meaning::Count(9), "nine,9"),
    (Meaning::Count(10), "ten,10"),
    (
        Meaning::Count(12),
        "twelve,12,eleven,11,dozen,dozens,hundred,hundreds,thousands,swarm,swarm of,crowd of",
    ),
    (Meaning::Not, "no,without,not,never,minus"),
];
