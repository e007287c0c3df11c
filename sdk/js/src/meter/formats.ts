/** Formats of meter files; equal to those of `intake/src/import/model.rs`, as a test checks. */
export const METER_FORMATS = ['green-button', 'csv', 'nem12', 'ocmf', 'dsmr', 'sml', 'json'] as const;

/** A format of meter files; the same names as on the command line. */
export type MeterFormat = (typeof METER_FORMATS)[number];
