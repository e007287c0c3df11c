import type { FileText } from '../input.js';
import type { ClaimContext, Condition, Period } from '../types.js';
import type { MeterFormat } from './formats.js';

/** An agreement to start from. */
export interface Preset {
  /** E.g. `tou-bill`. */
  readonly name: string;
  /** What it is, in one sentence. */
  readonly title: string;
  /** What it shows, and which standard or law it follows. */
  readonly summary: string;
  /** The agreement: TOML with comments, to be edited. */
  readonly text: string;
}

/** A column by the header's name, or by index from 0. */
export type Column = string | number;

/** How to read a meter file; by default the file says everything itself. */
export interface ImportOptions {
  /** By default told by the first bytes. */
  readonly format?: MeterFormat;
  /** What to do with fractions of a Wh. By default they are refused; `down` drops them and says so in the report. */
  readonly rounding?: 'down';
  /** Only the series of this name, or those whose name goes on with a slash: `NEM1202026` is every register of a meter. */
  readonly series?: string;
  /** For CSV files, and for JSON, where columns are members (`use.wh` leads into an object). */
  readonly csv?: CsvOptions;
  /** For registers that count up, of which intervals are made. */
  readonly registers?: RegisterOptions;
  /**
   * For files that the meter signed (OCMF): its public key, from wherever you trust it, never from the file itself. A
   * SubjectPublicKeyInfo or an X.509 certificate, of which nothing but the key is looked at: bytes (DER), or text (PEM, hex, base64), at
   * most 64 KiB. Every signature must fit, or the file is refused. By default signatures are not checked, and a note says so.
   */
  readonly publicKey?: FileText;
}

/** How to make intervals of a register's readings: an interval is the difference between two boundaries of the clock. */
export interface RegisterOptions {
  /** Length of the intervals in seconds; by default as the readings suggest. */
  readonly intervalSeconds?: number;
  /** How many seconds from a boundary a reading may be and still stand for it, as an estimate; by default 0. */
  readonly toleranceSeconds?: number;
  /** For SML meters without a clock: when their index of seconds was 0, Unix seconds. */
  readonly smlEpoch?: bigint;
}

/** How to read a CSV file. */
export interface CsvOptions {
  /** Column of times; by default the one called time, timestamp, datetime, date or start. */
  readonly time?: Column;
  /** Column of energy; by default the one called value, energy or usage, or with a unit in its name. */
  readonly value?: Column;
  /** Column of quality: measured, estimated or missing; by default the one called quality, if there is one. */
  readonly quality?: Column;
  /** Whether the first row names the columns; by default it does. */
  readonly header?: boolean;
  /** Character between fields; by default the most frequent of comma, semicolon, tab and bar in the first line. */
  readonly delimiter?: string;
  /** Decimal separator; by default the point. */
  readonly decimal?: 'point' | 'comma';
  /** Zone of local times: an IANA name, `UTC`, or an offset such as `+05:30`. */
  readonly zone?: string;
  /** Unit of the values; by default told by the column's name. */
  readonly unit?: 'Wh' | 'kWh' | 'MWh';
  /** How times are written; by default told row by row. */
  readonly timeFormat?: 'auto' | 'rfc3339' | 'local' | 'unix';
  /** Which end of its interval a time names; by default the start. */
  readonly timeLabel?: 'start' | 'end';
  /** Length of the intervals in seconds; by default the most frequent step. */
  readonly intervalSeconds?: number;
  /** Which way the energy flows; by default `import`. */
  readonly direction?: 'import' | 'export' | 'generation' | 'consumption';
  /** Whether the values are readings of a register that counts up; by default they are the energy of intervals. */
  readonly cumulative?: boolean;
}

/** One channel's readings, one for each interval from `start` on, without holes. Private. */
export interface Series {
  /** Its name in the meter file, e.g. `NEM1202026/E1/15` (NMI, suffix, minutes); null for a claim's. */
  readonly name: string | null;
  /** What is measured, e.g. `energy`. */
  readonly quantity: string;
  /** Which way it flows, e.g. `import`. */
  readonly direction: string;
  /** Unit of the values, as in policies: `Wh`. */
  readonly unit: string;
  /** Start of the first interval, Unix seconds. */
  readonly start: bigint;
  /** Length of every interval. */
  readonly intervalSeconds: number;
  /** The values; 0 where a reading is missing. */
  readonly values: Uint32Array;
  /** The same readings' quality: 0 measured, 1 estimated, 2 missing. */
  readonly qualities: Uint8Array;
}

/** What the meter file was like, beyond the readings. */
export interface ImportReport {
  /** One for each series, in the same order. */
  readonly series: readonly SeriesReport[];
  /** What is in the file and was not imported. */
  readonly leftOut: readonly {
    /** Name in the file. */
    readonly name: string;
    /** How many readings it has. */
    readonly rows: number;
    /** Why. */
    readonly reason: string;
  }[];
  /** Totals that the file states. */
  readonly summaries: readonly {
    /** The file's name for it. */
    readonly field: string;
    /** The series that it is compared with, by its name; null where the file does not say. */
    readonly name: string | null;
    /** What the file states, in Wh. */
    readonly stated: bigint;
    /** What the readings add up to, in Wh; null where the two cannot be compared. */
    readonly computed: bigint | null;
  }[];
}

/** What one series was like before it was made contiguous. */
export interface SeriesReport {
  /** Name in the file. */
  readonly name: string;
  /** The direction as the file's side has it, where that is the other one: what a market exports, a household imports. */
  readonly marketDirection: string | null;
  /** Where the file's values had another unit: its name, and the power of ten that it is of the series' unit. */
  readonly conversion: {
    /** The file's unit. */
    readonly from: string;
    /** One of the file's unit is `10^exponent` of the series'. */
    readonly exponent: number;
  } | null;
  /** Readings in the file, duplicates included. */
  readonly rows: number;
  /** Measured intervals. */
  readonly measured: number;
  /** Estimated or substituted intervals. */
  readonly estimated: number;
  /** Intervals without a value. */
  readonly missing: number;
  /** Runs of missing intervals: start and end in Unix seconds, and how many. */
  readonly gaps: readonly {
    /** Start of the first missing interval, Unix seconds. */
    readonly start: bigint;
    /** End of the last one. */
    readonly end: bigint;
    /** How many intervals. */
    readonly count: number;
  }[];
  /** Readings that repeat another one exactly, and were dropped. */
  readonly duplicates: number;
  /** Readings that a later version in the same file replaced. */
  readonly overlaps: number;
  /** Where a register went back: at a time in Unix seconds, from one reading to a lower one. */
  readonly resets: readonly {
    /** When, Unix seconds. */
    readonly at: bigint;
    /** The register's reading before. */
    readonly before: bigint;
    /** The lower one after. */
    readonly after: bigint;
  }[];
  /** Readings that were sorted. */
  readonly outOfOrder: number;
  /** Values that lost a fraction of a Wh, where that was allowed. */
  readonly roundedDown: number;
  /** Sum of all values in the series' unit. */
  readonly total: bigint;
}

/** What a meter signed: evidence to keep. It names neither meter nor person. */
export interface CheckedSignatures {
  /** How the records were signed, by the standard's name, e.g. `ECDSA-secp256r1-SHA256`. */
  readonly algorithm: string;
  /** SHA-256 of the key's SubjectPublicKeyInfo (DER), lower-case hexadecimal. */
  readonly keySha256: string;
  /** How many records; each one's signature fits. */
  readonly records: number;
  /** SHA-256 over the SHA-256 of each payload, in the order of the records, lower-case hexadecimal. */
  readonly payloadsSha256: string;
}

/** Meter readings as they came from a file. Private: whoever has them sees when people sleep, cook and travel. */
export interface MeterReadings {
  /** The `readings/1` file, which the other functions take. Equal to what `wattproof import` writes. */
  readonly readings: string;
  /** The meter file's format. */
  readonly format: MeterFormat;
  /** The channels, in the order of the file. */
  readonly series: readonly Series[];
  /** What the file was like. */
  readonly report: ImportReport;
  /** What was assumed or is worth knowing, for people to read. */
  readonly notes: readonly string[];
  /** What the meter signed, where a public key was given and every signature fits; null where none was checked, as in `readings/1` files. */
  readonly checked: CheckedSignatures | null;
}

/** One cell of a policy's calendar. */
export interface NamedPeriod extends Period {
  /** E.g. `2011-02`, `2011-02-14`, `2011-W05`, `2011-02-14T18`: what the other functions take for `period`. */
  readonly name: string;
}

/** What a proof shows besides that it holds. */
export interface RevealedOutput {
  /** E.g. `volume`. */
  readonly name: string;
  /** Unit of the value. */
  readonly unit: string;
  /** Whether only a commitment is shown, for sums with others. */
  readonly hidden: boolean;
}

/** What a policy means and costs. */
export interface PolicyExplanation {
  /** The canonical `policy/1`, for the period if it depends on local time. */
  readonly policy: string;
  /** Its digest, which every proof carries. */
  readonly digest: bigint;
  /** Who keeps the scope, and its name: one claim a meter, period and scope. */
  readonly scope: {
    /** Who keeps it, e.g. `example-utility`. */
    readonly authority: string;
    /** Its name, e.g. `evening-cap`. */
    readonly name: string;
    /** What cuts time into periods. */
    readonly calendar: {
      /** An IANA name, `UTC`, or an offset such as `+05:30`. */
      readonly zone: string;
      /** `hour`, `day`, `week`, `month`, … */
      readonly unit: string;
    };
  };
  /** Whether the policy is for one period only, as it depends on local time. */
  readonly forOnePeriod: boolean;
  /** The period that was named, or one that stands for all where one is needed; null if there is neither. */
  readonly period: NamedPeriod | null;
  /** What a yes says, in words; `name` is the agreement's. */
  readonly conditions: readonly (Condition & {
    /** What the agreement calls it; null if it has no name. */
    readonly name: string | null;
  })[];
  /** The least trust level (`L0`, `L1`, `L2`), and who vouches at that level. */
  readonly level: {
    /** `L0`, `L1` or `L2`. */
    readonly least: string;
    /** Who vouches, in words. */
    readonly text: string;
  };
  /** What a proof reveals besides. */
  readonly outputs: readonly RevealedOutput[];
  /** What stays private, in words. */
  readonly private: string;
  /** The circuit: its name in the catalogue, or null if it needs keys of its own; its size, and the proving key's to expect. */
  readonly circuit: {
    /** Name in the catalogue. */
    readonly name: string | null;
    /** Digest that keys and bundles carry, hexadecimal; null where keys are still to be made. */
    readonly id: string | null;
    /** How many; the time of a proof grows with it. */
    readonly constraints: number;
    /** About how many bytes have to be fetched once. */
    readonly provingKeyBytes: number;
  };
}

/** One way in which readings miss a policy. */
export interface CheckFailure {
  /** Index into the policy's conditions, as in {@link PolicyExplanation.conditions}. */
  readonly condition: number;
  /** Kind of the condition. */
  readonly kind: string;
  /** Index into the policy's `meter.channels`; null if it is about none, or all. */
  readonly channel: number | null;
  /** Start of the failing interval, Unix seconds; null if the whole period fails. */
  readonly at: bigint | null;
  /** The same in the policy's zone, e.g. `2011-02-14 18:00`. */
  readonly atLocal: string | null;
  /** How it fails: past the bound, or no reading, or only an estimate, where one was asked for. */
  readonly reason: 'above' | 'below' | 'missing' | 'estimated' | 'other';
  /** What the readings give, in the channel's unit (shares: per million; money: minor units). */
  readonly actual: bigint;
  /** What the policy asks for, in the same unit; null where it is no bound. */
  readonly bound: bigint | null;
  /** All of it in words, in local time and units. */
  readonly text: string;
}

/** Whether readings meet a policy. */
export interface CheckResult {
  /** Whether a proof will succeed: nothing fails. */
  readonly meets: boolean;
  /** What was checked. */
  readonly period: NamedPeriod;
  /** Every failure, in the order of the conditions. */
  readonly failures: readonly CheckFailure[];
}

/** What a witness package holds. Secret: the readings, and the key that makes claims unique. */
export interface Witness {
  /** The canonical `policy/1`. */
  readonly policy: string;
  /** Its digest, which every proof carries. */
  readonly digest: bigint;
  /** What a yes will say, in words. */
  readonly conditions: readonly Condition[];
  /** The least level that the policy asks for. */
  readonly least: {
    /** `L0`, `L1` or `L2`. */
    readonly least: string;
    /** Who vouches at that level, in words. */
    readonly text: string;
  };
  /** The level at which the device is enrolled; at `L0` nobody vouches. */
  readonly level: string;
  /** What it claims about. */
  readonly period: NamedPeriod;
  /** For whom and for what it was signed. */
  readonly context: ClaimContext;
  /** The period's readings, channel by channel, for a chart. */
  readonly series: readonly Series[];
  /** Whether they meet the policy. If they do, signature, chain and registry entry were checked as well. */
  readonly check: CheckResult;
}

/** What a claim that its owner signs is about. */
export interface SelfSignParts {
  /** A `readings/1` file. */
  readonly readings: FileText;
  /** A `policy/1` or an agreement that takes L0. */
  readonly policy: FileText;
  /** A cell of the policy's calendar, e.g. `2011-02`. */
  readonly period: string;
  /** For whom and for what: a verifier's challenge, or a settlement on a chain. */
  readonly context: ClaimContext;
  /** What the installation can carry, in watts; only `plausibility` conditions ask for it. */
  readonly nameplate?: bigint;
}

/** A claim at level L0: nobody but its owner vouches for the readings. */
export interface SelfSigned {
  /** The `witness-package/1`. Secret: it holds the readings and the nullifier key. */
  readonly witness: string;
  /** The `registry/1` with the throw-away device as its only entry. Public. */
  readonly registry: string;
  /** The registry's root, which a profile must accept. */
  readonly root: bigint;
}

/** What a verifier puts into a profile. */
export interface ProfileParts {
  /** A `policy/1` or an agreement. */
  readonly policy: FileText;
  /** The verifying key's file. Whether development keys are allowed is decided when it is loaded to verify. */
  readonly key: FileText;
  /** A `registry/1` whose present root is accepted. */
  readonly registry?: FileText;
  /** Registry roots to accept; at least one with those of `registry`. */
  readonly roots?: readonly bigint[];
  /** A cell of the policy's calendar, e.g. `2011-02`. */
  readonly period: string;
  /** The verifier's own challenge or settlement, which the claim must repeat. */
  readonly context: ClaimContext;
  /** Whether readings that nobody vouches for will do; by default they will not. */
  readonly acceptL0?: boolean;
}
