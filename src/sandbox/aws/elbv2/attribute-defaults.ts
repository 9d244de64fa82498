import type { LoadBalancerType } from '../records.js';

/** What AWS sets in a new load balancer. */
export function createLoadBalancerAttributes(type: LoadBalancerType): Map<string, string> {
  return new Map(Object.entries({ ...ofEveryBalancer, ...ofBalancers[type] }));
}

/** What AWS sets in a new listener. */
export function createListenerAttributes(protocol: string): Map<string, string> {
  if (protocol === 'TCP') return new Map([['tcp.idle_timeout.seconds', '350']]);
  return new Map(protocol === 'HTTP' || protocol === 'HTTPS' ? [['routing.http.response.server.enabled', 'true']] : []);
}

/** What AWS sets in a new target group. */
export function createTargetGroupAttributes(protocol: string | undefined): Map<string, string> {
  const own = protocol?.startsWith('HTTP') ? ofRequests : ofConnections;
  return new Map(Object.entries({ ...ofEveryTargetGroup, ...own }));
}

const ofEveryBalancer = {
  'access_logs.s3.enabled': 'false',
  'access_logs.s3.bucket': '',
  'access_logs.s3.prefix': '',
  'deletion_protection.enabled': 'false',
  'ipv6.deny_all_igw_traffic': 'false',
  'zonal_shift.config.enabled': 'false',
};

const ofBalancers: Readonly<Record<LoadBalancerType, Readonly<Record<string, string>>>> = {
  application: {
    'load_balancing.cross_zone.enabled': 'true',
    'idle_timeout.timeout_seconds': '60',
    'client_keep_alive.seconds': '3600',
    'connection_logs.s3.enabled': 'false',
    'connection_logs.s3.bucket': '',
    'connection_logs.s3.prefix': '',
    'routing.http.desync_mitigation_mode': 'defensive',
    'routing.http.drop_invalid_header_fields.enabled': 'false',
    'routing.http.preserve_host_header.enabled': 'false',
    'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': 'false',
    'routing.http.xff_client_port.enabled': 'false',
    'routing.http.xff_header_processing.mode': 'append',
    'routing.http2.enabled': 'true',
    'waf.fail_open.enabled': 'false',
  },
  network: {
    'load_balancing.cross_zone.enabled': 'false',
    'dns_record.client_routing_policy': 'any_availability_zone',
  },
};

const ofEveryTargetGroup = {
  'deregistration_delay.timeout_seconds': '300',
  'stickiness.enabled': 'false',
  'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
  'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
};

const ofRequests = {
  'load_balancing.algorithm.type': 'round_robin',
  'load_balancing.algorithm.anomaly_mitigation': 'off',
  'slow_start.duration_seconds': '0',
  'stickiness.type': 'lb_cookie',
  'stickiness.lb_cookie.duration_seconds': '86400',
  'stickiness.app_cookie.cookie_name': '',
  'stickiness.app_cookie.duration_seconds': '86400',
};

const ofConnections = {
  'deregistration_delay.connection_termination.enabled': 'false',
  'preserve_client_ip.enabled': 'true',
  'proxy_protocol_v2.enabled': 'false',
  'stickiness.type': 'source_ip',
  'target_health_state.unhealthy.connection_termination.enabled': 'true',
  'target_health_state.unhealthy.draining_interval_seconds': '0',
};
