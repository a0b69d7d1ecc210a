// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in scenario files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { literal, literalBefore, pathSegment, queryPart, templatePath, withoutReferences } from './literal.ts';

test('what a scenario file would take for a secret or a value is escaped', () => {
  assert.equal(literal('${env:HOME} {{x}}'), "$${env:HOME} {{'{{'}}x}}");
  assert.equal(literal('$1 $& $${ {'), '$1 $& $$${ {');
  assert.equal(literalBefore('a$'), "a{{'$'}}");
  assert.equal(literalBefore('$a'), '$a');
  assert.equal(withoutReferences('${a}${b}{{c}}'), '$${a}$${b}{{c}}');
});

test('segments and query values are encoded so that they stay one, and are left readable', () => {
  assert.equal(pathSegment('a b/c?d{e}@f:g,h'), 'a%20b%2Fc%3Fd%7Be%7D@f:g,h');
  assert.equal(queryPart('a&b=c d/e{f}+g'), 'a%26b%3Dc%20d/e%7Bf%7D%2Bg');
  assert.equal(pathSegment('\ud800'), '%EF%BF%BD');
  assert.equal(templatePath('/a?b={{c}}'), '/a?b=%7B%7Bc%7D%7D');
});
