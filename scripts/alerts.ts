/** Writes the rule files: `npm run alerts`. A test compares. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prometheusRuleFile, rulesFile } from './alerts/rule-files.ts';

const alerts = join(import.meta.dirname, '../alerts');
writeFileSync(join(alerts, 'drift-exporter.rules.yaml'), rulesFile());
writeFileSync(join(alerts, 'prometheus-rule.yaml'), prometheusRuleFile());
