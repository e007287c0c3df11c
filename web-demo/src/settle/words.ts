import { spoken } from '../i18n.js';
import { de } from './words-de.js';
import { en, type SettleWords } from './words-en.js';

/** This room's words in the language that is set. */
export const tell = (): SettleWords => ({ en, de })[spoken()];
