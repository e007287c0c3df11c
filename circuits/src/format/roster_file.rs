//! The public files of a sum: `member/1`, `roster/1` and `share/1`.

use super::{Digest, Fault, FromJson, ToJson, Value, check_name, parse, to_json, write_object};
use crate::aggregate::{MaskPublicKey, Member, Roster, Share, Subject};
use crate::commitment::Commitment;
use crate::curve::Point;
use crate::error::Result;
use crate::hash::F;

const MEMBER: &str = "member/1";
const ROSTER: &str = "roster/1";
const SHARE: &str = "share/1";

/// Most bytes of a roster: 4096 members with the longest names.
pub const MAX_ROSTER: usize = 4 << 20;

/// Most bytes of a share, and of a member's file.
pub const MAX_SHARE: usize = 4 << 10;

/// A member in a file of its own: what it hands to whoever writes the roster.
struct Alone(Member);

impl Member {
    /// Reads a `member/1` file.
    ///
    /// # Errors
    /// As the JSON formats, with line and column; as [`MaskPublicKey::new`]; [`Code::BadPolicy`](crate::error::Code::BadPolicy)
    /// for a name that is empty, too long or has control characters.
    pub fn from_json(text: &str) -> Result<Self> {
        let Alone(member) = parse(text, MEMBER, MAX_SHARE)?;
        check_name("name", &member.name).map_err(|e| e.at(MEMBER))?;
        Ok(member)
    }

    /// Writes a `member/1` file.
    pub fn to_json(&self) -> String {
        let key = Coordinates(self.key.point());
        let members: [(&str, &dyn ToJson); 3] =
            [("wattproof", &MEMBER), ("name", &self.name), ("key", &key)];
        let mut json = String::new();
        write_object(&mut json, &members);
        json + "\n"
    }
}

impl FromJson for Alone {
    fn read(value: &Value) -> Result<Self, Fault> {
        let members = value.document(MEMBER, &["name", "key"])?;
        Ok(Self(Member { name: members.get("name")?, key: members.get("key")? }))
    }
}

impl Roster {
    /// Reads a `roster/1` file.
    ///
    /// # Errors
    /// As the JSON formats, with line and column; and as [`Roster::new`] and [`MaskPublicKey::new`].
    pub fn from_json(text: &str) -> Result<Self> {
        parse(text, ROSTER, MAX_ROSTER)
    }

    /// Writes a `roster/1` file.
    pub fn to_json(&self) -> String {
        to_json(self) + "\n"
    }
}

impl FromJson for Roster {
    fn read(value: &Value) -> Result<Self, Fault> {
        let members = value.document(ROSTER, &["round", "least", "members"])?;
        let list: Vec<Member> = members.get("members")?;
        Self::new(members.get("round")?, members.get("least")?, list).map_err(|e| value.fault(e))
    }
}

impl ToJson for Roster {
    fn write(&self, json: &mut String) {
        let members = Members(self.members());
        let least = self.least();
        let list: [(&str, &dyn ToJson); 4] = [
            ("wattproof", &ROSTER),
            ("round", self.round()),
            ("least", &least),
            ("members", &members),
        ];
        write_object(json, &list);
    }
}

/// One member a line.
struct Members<'a>(&'a [Member]);

impl ToJson for Members<'_> {
    fn write(&self, json: &mut String) {
        for (i, Member { name, key }) in self.0.iter().enumerate() {
            json.push_str(if i == 0 { "[\n" } else { ",\n" });
            write_object(json, &[("name", name), ("key", &Coordinates(key.point()))]);
        }
        json.push_str("\n]");
    }
}

impl FromJson for Member {
    fn read(value: &Value) -> Result<Self, Fault> {
        let members = value.members(&["name", "key"])?;
        Ok(Self { name: members.get("name")?, key: members.get("key")? })
    }
}

impl FromJson for MaskPublicKey {
    fn read(value: &Value) -> Result<Self, Fault> {
        let (x, y) = coordinates(value)?;
        Self::new(x, y).map_err(|e| value.fault(e))
    }
}

impl FromJson for Commitment {
    fn read(value: &Value) -> Result<Self, Fault> {
        let (x, y) = coordinates(value)?;
        Self::new(x, y).map_err(|e| value.fault(e))
    }
}

fn coordinates(value: &Value) -> Result<(F, F), Fault> {
    let members = value.members(&["x", "y"])?;
    Ok((members.get("x")?, members.get("y")?))
}

struct Coordinates<'a>(&'a Point);

impl ToJson for Coordinates<'_> {
    fn write(&self, json: &mut String) {
        write_object(json, &[("x", &self.0.x), ("y", &self.0.y)]);
    }
}

impl Share {
    /// Reads a `share/1` file.
    ///
    /// # Errors
    /// As the JSON formats, with line and column; [`Code::BadPoint`](crate::error::Code::BadPoint) for a commitment that is no
    /// point of the subgroup of prime order.
    pub fn from_json(text: &str) -> Result<Self> {
        parse(text, SHARE, MAX_SHARE)
    }

    /// Writes a `share/1` file.
    pub fn to_json(&self) -> String {
        to_json(self) + "\n"
    }
}

impl FromJson for Share {
    fn read(value: &Value) -> Result<Self, Fault> {
        let names =
            ["roster", "policy_digest", "period", "output", "member", "commitment", "masked"];
        let members = value.document(SHARE, &names)?;
        let subject = Subject {
            policy_digest: members.get("policy_digest")?,
            period: members.get("period")?,
            output: members.get("output")?,
        };
        Ok(Self {
            roster: members.get::<Digest>("roster")?,
            subject,
            member: members.get("member")?,
            commitment: members.get("commitment")?,
            masked: members.get("masked")?,
        })
    }
}

impl ToJson for Share {
    fn write(&self, json: &mut String) {
        let Self { roster, subject, member, commitment, masked } = self;
        let members: [(&str, &dyn ToJson); 8] = [
            ("wattproof", &SHARE),
            ("roster", roster),
            ("policy_digest", &subject.policy_digest),
            ("period", &subject.period),
            ("output", &subject.output),
            ("member", member),
            ("commitment", &Coordinates(commitment.point())),
            ("masked", masked),
        ];
        write_object(json, &members);
    }
}
