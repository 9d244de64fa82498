import { strategyOf } from '../../src/lib/engine/strategy/strategies.js';
import type { RollResult } from '../../src/lib/model/outcome.js';
import { planTerraformImport, type TerraformImport } from '../../src/lib/terraform/import.js';
import type { TerraformSources } from '../../src/lib/terraform/state.js';

/** What Terraform must import after this roll, by the strategy that its intent has. */
export function planImport(result: RollResult, sources: TerraformSources): TerraformImport {
  const { intent } = result;
  return planTerraformImport(result, sources, intent && strategyOf(intent).createdGroupOf(intent));
}
