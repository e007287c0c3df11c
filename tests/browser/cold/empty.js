export function start() {}

/** What a page costs that verifies nothing. */
export async function prepare() {
  return () => true;
}
