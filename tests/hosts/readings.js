// Probe of the entry for meter files. It runs inside of each host, so that it imports nothing of Node.

export async function judge(api, { good, count, sum, bad, code }) {
  const lines = [];
  const refused = await api.importMeter(bad).then(
    () => 'accepted',
    (error) => (error instanceof api.WattproofError ? error.code : String(error)),
  );
  if (refused !== code) lines.push(`the bad file: ${refused}`);
  const [{ unit, values }] = (await api.importMeter(good)).series;
  const total = values.reduce((all, value) => all + value, 0);
  if (unit !== 'Wh' || values.length !== count || total !== sum) lines.push(`the good file: ${values.length} ${unit}, ${total} in all`);
  return lines;
}
