import type { Logsource } from '../model/sigma-event.ts';

/**
 * Values that logsources have in Sigma's taxonomy and in SigmaHQ's rules, so that a misspelled one is told from one of a
 * user's own.
 *
 * @see sigma-appendix-taxonomy.md
 */
export const knownLogsources = {
  product: words(`
    linux windows macos sigmond aws azure gcp google_workspace github gitlab bitbucket okta onelogin m365 cisco fortinet
    fortios fortigate paloalto checkpoint juniper huawei zeek suricata snort django python ruby_on_rails rpc_firewall spring
    sql velocity jvm nodejs opencanary kubernetes docker qualys modsecurity apache nginx bro antivirus zendesk netskope
    cloudflare atlassian salesforce vmware citrix sentinelone crowdstrike trendmicro
  `),
  category: words(`
    process_creation process_termination process_access process_tampering file_event file_access file_change file_delete
    file_delete_detected file_rename file_block file_executable_detected network_connection dns dns_query image_load
    driver_load create_remote_thread create_stream_hash raw_access_read raw_access_thread registry_add registry_delete
    registry_set registry_rename registry_event pipe_created wmi_event clipboard_capture sysmon_status sysmon_error
    ps_module ps_script ps_classic_start ps_classic_provider_start ps_classic_script process_start antivirus application
    firewall proxy webserver database edr ids authentication email
  `),
  service: words(`
    auditd auth authpriv clamav cron guacamole modsecurity sshd sudo syslog vsftpd apache nginx netflow dns agent kern
    messages secure daemon systemd journald su postfix dovecot mysql postgresql redis samba smbd named dhcpd httpd haproxy
    squid docker containerd kubelet security system sysmon powershell powershell-classic taskscheduler wmi dhcp
    application driver-framework ntlm dns-server dns-server-analytic dns-server-audit bits-client
    codeintegrity-operational firewall-as msexchange-management printservice-admin printservice-operational
    security-mitigations smbclient-security smbclient-connectivity smbserver-connectivity
    terminalservices-localsessionmanager applocker windefend openssh ldap shell-core lsa-server
    appxdeployment-server appxpackaging-om appmodel-runtime bitlocker capi2
    certificateservicesclient-lifecycle-system dns-client diagnosis-scripted iis iis-configuration
    microsoft-servicebus-client vhdmp hyper-v-worker kernel-event-tracing kernel-shimengine sense
    cloudtrail activitylogs auditlogs signinlogs riskdetection pim audit gcp.audit google_workspace.admin exchange
    threat_management threat_detection okta onelogin.events aaa bgp duo ldp kerberos smb_files rdp http dce_rpc x509 sslvpnd
    event globalprotect
  `),
} as const;

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** Whether a rule of one logsource applies to events of another. */
export function applies(rule: Logsource, event: { [Dimension in keyof Logsource]: string | undefined }): boolean {
  const { product, category, service } = event;
  if (product === undefined && category === undefined && service === undefined) return true;
  const fits = (ours: string | undefined, theirs: string | undefined) => ours === undefined || ours === theirs;
  return fits(rule.product, product) && fits(rule.category, category) && fits(rule.service, service);
}
