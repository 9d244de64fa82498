import type {
  CreateTargetGroupInput,
  ModifyTargetGroupInput,
  ProtocolEnum,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { HealthCheckTarget } from '../../interfaces.js';
import { validationFault } from '../fault.js';
import { dropUndefined } from '../plain-data.js';
import type { TargetHealthCheck } from '../records.js';

const codesForm = /^\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*$/;
const checkProtocols: readonly string[] = ['HTTP', 'HTTPS', 'TCP'];
const fields = [
  'HealthCheckEnabled',
  'HealthCheckProtocol',
  'HealthCheckPort',
  'HealthCheckPath',
  'HealthCheckIntervalSeconds',
  'HealthCheckTimeoutSeconds',
  'HealthyThresholdCount',
  'UnhealthyThresholdCount',
  'Matcher',
] as const;

/** The health check of a new target group: AWS's defaults, which differ by protocol, with what the caller set. */
export function createHealthCheck(input: CreateTargetGroupInput): TargetHealthCheck {
  const protocol = input.HealthCheckProtocol ?? checkProtocolFor(input.Protocol);
  const http = protocol !== 'TCP';
  const routed = input.Protocol?.startsWith('HTTP') === true;
  return validated({
    HealthCheckEnabled: true,
    HealthCheckProtocol: protocol,
    HealthCheckPort: 'traffic-port',
    HealthCheckPath: http ? '/' : undefined,
    HealthCheckIntervalSeconds: 30,
    HealthCheckTimeoutSeconds: routed ? 5 : http ? 6 : 10,
    HealthyThresholdCount: 5,
    UnhealthyThresholdCount: 2,
    Matcher: http ? { HttpCode: routed ? '200' : '200-399' } : undefined,
    ...checkOnly(input),
  });
}

/** The same check with what the caller changes of it. */
export function updateHealthCheck(before: TargetHealthCheck, input: ModifyTargetGroupInput): TargetHealthCheck {
  const after = { ...before, ...checkOnly(input) };
  return validated(after.HealthCheckProtocol === 'TCP' ? { ...after, HealthCheckPath: undefined } : after);
}

function checkProtocolFor(protocol: ProtocolEnum | undefined): ProtocolEnum {
  return protocol?.startsWith('HTTP') === true ? 'HTTP' : 'TCP';
}

function checkOnly(input: Partial<TargetHealthCheck>): Partial<TargetHealthCheck> {
  return dropUndefined(Object.fromEntries(fields.map((field) => [field, input[field]])));
}

function validated(check: TargetHealthCheck): TargetHealthCheck {
  const { HealthCheckTimeoutSeconds: timeout, HealthCheckIntervalSeconds: interval } = check;
  within(interval, 'Health check interval', 1, 300);
  within(timeout, 'Health check timeout', 1, 120);
  within(check.HealthyThresholdCount, 'Healthy threshold count', 2, 10);
  within(check.UnhealthyThresholdCount, 'Unhealthy threshold count', 2, 10);
  if (!checkProtocols.includes(check.HealthCheckProtocol ?? '')) {
    throw validationFault(`Health check protocol '${check.HealthCheckProtocol}' is not supported`);
  }
  if (timeout >= interval && interval > 2) {
    throw validationFault(`Health check timeout '${timeout}' must be smaller than the interval '${interval}'`);
  }
  if (check.HealthCheckPort !== 'traffic-port') within(Number(check.HealthCheckPort), 'Port', 1, 65_535);
  const codes = check.Matcher?.HttpCode;
  if (codes !== undefined && !codesForm.test(codes))
    throw validationFault(`Health check matcher HTTP code '${codes}' must be within '200-499' inclusive`);
  return check;
}

function within(value: number, what: string, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw validationFault(`${what} '${value}' must be between ${least} and ${most} inclusive`);
}

/** The port that is checked: the target's own, unless the check has one. */
export function checkPort({ HealthCheckPort }: TargetHealthCheck, port: number): number {
  return HealthCheckPort === 'traffic-port' ? port : Number(HealthCheckPort);
}

/** One check, as the machines carry it out. */
export function buildCheckTarget(check: TargetHealthCheck, port: number): HealthCheckTarget {
  const timeoutMs = check.HealthCheckTimeoutSeconds * 1_000;
  const protocol = check.HealthCheckProtocol === 'HTTPS' ? 'HTTPS' : 'HTTP';
  if (check.HealthCheckProtocol === 'TCP') return { protocol: 'TCP', port, timeoutMs };
  return {
    protocol,
    port,
    path: check.HealthCheckPath ?? '/',
    timeoutMs,
    statusCodes: rangesOf(check.Matcher?.HttpCode ?? '200'),
  };
}

function rangesOf(codes: string): { least: number; most: number }[] {
  return codes.split(',').map((range) => {
    const [least = 0, most = least] = range.split('-').map(Number);
    return { least, most };
  });
}
