//! Client tags, descriptions, zones.

super::section! {
    /// Client tags, descriptions, zones.
    pub struct Tags;
    "Show client tags to others" show_tags: bool = true, Live;
    "Allow users without tag (then untagged skip tag checks)" tag_allow_none: bool = true, Live;
    "Allow tags not in client_list" tag_allow_unknown: bool = true, Live;
    "Allow mode P" tag_allow_passive: bool = true, Live;
    "Allow mode 5" tag_allow_sock5: bool = true, Live;
    "Hub count parts summed: 1 guest, 2 +registered, 3 +operator" tag_sum_hubs: u32 = 3, Live, in 1..=3;
    "Class from which tag checks are skipped" tag_min_class_ignore: i32 = 3, Live, in -1..=11;
    "Visible description bytes; -1 = whole, 0 = hidden; what was cut comes back with the user's next MyINFO" show_desc_len: i32 = -1, Live, in -1..=1024;
    "Prefix description with mode or desc_insert_vars" desc_insert_mode: bool = false, Live;
    "Prefix template: %[CLASS] %[CLASSNAME] %[CC] %[CN] %[CITY] %[MODE]; empty = [A]/[P]/[5]/[?]" desc_insert_vars: Text = "", Live;
    "Show e-mail to others" show_email: bool = true, Live;
    "Show connection speed text to others (status byte always kept)" show_speed: bool = true, Live;
    "Minimum slots per hub (integer division); 0 = off" tag_min_hs_ratio: f64 = 0.0, Live, in 0.0..=1000.0;
    "Maximum slots per hub (integer division); 0 = off" tag_max_hs_ratio: f64 = 0.0, Live, in 0.0..=1000.0;
    "Maximum hubs; 0 = off" tag_max_hubs: i32 = 0, Live, in 0..=10_000;
    "Minimum hubs; 0 = off" tag_min_hubs: i32 = 0, Live, in 0..=10_000;
    "Minimum hubs as guest" tag_min_hubs_usr: i32 = 0, Live, in 0..=10_000;
    "Minimum hubs as registered" tag_min_hubs_reg: i32 = 0, Live, in 0..=10_000;
    "Minimum hubs as operator" tag_min_hubs_op: i32 = 0, Live, in 0..=10_000;
    "Minimum version for unknown clients; negative = off" tag_min_version: f64 = -1.0, Live, in -1.0..=1_000_000.0;
    "Maximum version for unknown clients; negative = off" tag_max_version: f64 = -1.0, Live, in -1.0..=1_000_000.0;
    "Country codes of zone 1 (substring match)" cc_zone1: Text = "", Live;
    "Country codes of zone 2" cc_zone2: Text = "", Live;
    "Country codes of zone 3" cc_zone3: Text = "", Live;
    "Lowest IP of zone 4" ip_zone4_min: Text = "", Live;
    "Highest IP of zone 4" ip_zone4_max: Text = "", Live;
    "Lowest IP of zone 5" ip_zone5_min: Text = "", Live;
    "Highest IP of zone 5" ip_zone5_max: Text = "", Live;
    "Lowest IP of zone 6" ip_zone6_min: Text = "", Live;
    "Highest IP of zone 6" ip_zone6_max: Text = "", Live;
}
