// The API reference can be built without a warning, and every function has what its users look for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Application, ReflectionKind } from 'typedoc';

const here = fileURLToPath(new URL('.', import.meta.url));

test('everything that is exported is documented; functions with arguments, errors and an example', async () => {
  const app = await Application.bootstrapWithPlugins({ options: here });
  const project = await app.convert();
  assert.ok(project, 'the declarations do not compile');
  app.validate(project);
  await app.generateOutputs(project);
  assert.equal(app.logger.warningCount + app.logger.errorCount, 0, 'see the warnings above');

  // Callbacks are the caller's own, and told by the member that takes them.
  const functions = project.getReflectionsByKind(ReflectionKind.CallSignature).filter(({ name }) => !/dispose|^__type$/i.test(name));
  assert.ok(functions.length >= 22, `only ${functions.map(({ name }) => name)}`);
  const missing = [];
  for (const signature of functions) {
    const where = signature.getFullName();
    const tags = new Set(signature.comment?.blockTags.map(({ tag }) => tag));
    if (!tags.has('@example')) missing.push(`${where}: no example`);
    if (signature.parameters?.length && !tags.has('@throws')) missing.push(`${where}: not what it throws`);
    for (const parameter of signature.parameters ?? []) {
      const inner = parameter.type?.type === 'reflection' ? (parameter.type.declaration.children ?? []) : [];
      const parts = inner.length > 0 ? inner : [parameter];
      for (const part of parts) if (!part.hasComment()) missing.push(`${where}: not what \`${part.name}\` is`);
    }
  }
  assert.deepEqual(missing, []);
});
