// Zone offsets come from the engine; these are pinned against the published rules.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WattproofError } from 'wattproof';
import { offsetAt } from '../../../pkg/zone.js';

const at = (iso) => BigInt(Date.parse(iso) / 1000);

test('offsets of zones at instants', () => {
  const hour = 3600n;
  for (const [zone, instant, expected] of [
    ['UTC', '2026-01-01T00:00:00Z', 0n],
    ['Etc/UTC', '2026-01-01T00:00:00Z', 0n],
    ['America/Los_Angeles', '2011-02-01T08:00:00Z', -8n * hour],
    ['America/Los_Angeles', '2011-03-13T09:59:59Z', -8n * hour],
    ['America/Los_Angeles', '2011-03-13T10:00:00Z', -7n * hour],
    ['Europe/Berlin', '2025-10-25T22:00:00Z', 2n * hour],
    ['Europe/Berlin', '2025-10-31T23:00:00Z', 1n * hour],
    ['Asia/Kolkata', '2026-06-01T00:00:00Z', 19_800n],
    ['Asia/Kathmandu', '2026-06-01T00:00:00Z', 20_700n],
    ['Australia/Lord_Howe', '2026-01-01T00:00:00Z', 11n * hour],
    ['Pacific/Kiritimati', '2026-01-01T00:00:00Z', 14n * hour],
    ['+05:30', '2026-06-01T00:00:00Z', 19_800n],
    ['-03:30', '1970-01-01T00:00:00Z', -12_600n],
    ['+00:00', '2026-06-01T00:00:00Z', 0n],
  ]) {
    assert.equal(offsetAt(zone, at(instant)), expected, `${zone} at ${instant}`);
  }
});

test('midnight is hour 0, also at the far end of the range', () => {
  assert.equal(offsetAt('Europe/London', 0n), 3600n);
  assert.equal(offsetAt('Etc/UTC', 2n ** 40n - 1n), 0n);
});

test('what is no zone is a bad policy', () => {
  for (const zone of ['', 'Mars/Olympus', '+5:30', '+0530', '+24:00', '+05:60', '+05:30:15', ' UTC', 'Europe/Berlin ', '\u0000']) {
    assert.throws(
      () => offsetAt(zone, 0n),
      (error) => error instanceof WattproofError && error.code === 'bad-policy' && error.message.includes('zone'),
      JSON.stringify(zone),
    );
  }
});
