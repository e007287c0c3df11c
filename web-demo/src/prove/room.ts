import type { Room } from '../main.js';
export const room: Room = { async enter() {}, async drop() {} };
