/** A conformance report in the form that CI systems read: one test suite per group. */
import type { ConformanceReport } from './conform.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export function junitFromReport(report: ConformanceReport, seconds: number): string {
  const { profile, client, passed, failed, notApplicable, groups, cases } = report;
  const suites = groups.map((group) => {
    const own = cases.filter(({ id }) => id.startsWith(group.id));
    const rows = own.map(({ id, title, result, failure, sources }) => {
      const attributes = `classname="sdei.${profile}.${client}.${group.id}" name="${escaped(`${id} ${title}`)}"`;
      if (result === 'not-applicable') return `    <testcase ${attributes}><skipped message="about another profile or client"/></testcase>`;
      if (failure === undefined) return `    <testcase ${attributes}/>`;
      const message = escaped(`${failure.step} gave ${failure.actual}, expected ${failure.expected}`);
      return `    <testcase ${attributes}><failure message="${message}">${escaped(`${failure.steps}\nSources: ${sources}`)}</failure></testcase>`;
    });
    const total = group.passed + group.failed + group.notApplicable;
    return [
      `  <testsuite name="${escaped(`${group.id} ${group.title}`)}" tests="${total}" failures="${group.failed}" skipped="${group.notApplicable}">`,
      ...rows,
      '  </testsuite>',
    ].join('\n');
  });
  const total = passed + failed + notApplicable;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="SDEI conformance, profile ${profile}, client at ${client}" tests="${total}" failures="${failed}" skipped="${notApplicable}" time="${seconds.toFixed(3)}">
${suites.join('\n')}
</testsuites>
`;
}
