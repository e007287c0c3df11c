// Contracts to choose from: those written for the example, and of the package's library those that fit the readings at hand.

import { periods, presets, type MeterReadings } from 'wattproof/meter';
import day from './presets/day-within-limits.toml?raw';
import evening from './presets/evening-saver.toml?raw';
import bill from './presets/time-of-use-bill.toml?raw';

export interface Choice {
  readonly name: string;
  /** Title of one of the library, in English; ours have words in each language. */
  readonly title: string | undefined;
  readonly summary: string;
  readonly text: string;
}

const OWN = { 'day-within-limits': day, 'evening-saver': evening, 'time-of-use-bill': bill };

/** Contracts that can be claimed of these readings: of their kind of meter, and with a whole period that they cover. */
export async function fitting({ readings }: MeterReadings, zone: string): Promise<Choice[]> {
  const own = Object.entries(OWN).map(([name, text]) => ({ name, title: undefined, summary: '', text: inZone(text, zone) }));
  const library = (await presets()).map(({ name, title, summary, text }) => ({ name, title, summary, text }));
  const fits = async ({ text }: Choice): Promise<boolean> =>
    periods({ policy: text, readings }).then((all) => all.length > 0, () => false);
  const all = [...own, ...library];
  const judged = await Promise.all(all.map(fits));
  return all.filter((_, i) => judged[i]);
}

/** Ours speak of days of the home's own zone. */
function inZone(text: string, zone: string): string {
  return text.replace(/^zone = ".*"$/m, () => `zone = ${JSON.stringify(zone)}`);
}
