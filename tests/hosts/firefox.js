// Finds the system's Firefox and starts it with a profile of its own.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer from 'puppeteer-core';

const NAMES = ['firefox-esr', 'firefox'];
const MAC = '/Applications/Firefox.app/Contents/MacOS/firefox';

/** The browser's program, or undefined. */
export function findFirefox() {
  const named = process.env.WATTPROOF_FIREFOX;
  if (named) return named;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), MAC].find(isExecutable);
}

/** Starts a headless Firefox, driven by WebDriver BiDi. */
export function startFirefox(executablePath) {
  return puppeteer.launch({ browser: 'firefox', executablePath, headless: true });
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
