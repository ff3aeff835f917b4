<#
.SYNOPSIS
Exports the Exchange Online and Defender for Office 365 settings that mailwhy reads into one file.

.DESCRIPTION
Read-only: every command is a Get- cmdlet (and a DNS lookup). It changes nothing, and it writes one
file on this computer. A cmdlet that fails, for want of a licence or of a role, is listed under
"Failed" and the rest goes on.

Works in Windows PowerShell 5.1 and in PowerShell 7, with the ExchangeOnlineManagement module.
View-Only Organization Management or Global Reader is enough; Advanced Delivery may also want
Security Reader.

Words that mail flow rules look for in headers can be a platform's secret. They are replaced by
<hidden> unless you say -IncludeHeaderWords.

.EXAMPLE
Connect-ExchangeOnline
.\tenant-export.ps1 -Path tenant.json
mailwhy audit --tenant tenant.json

.EXAMPLE
.\tenant-export.ps1 -Mailbox ann@contoso.example,bob@contoso.example
Exports these mailboxes' junk email settings as well.
#>
[CmdletBinding()]
param(
    [string] $Path = 'tenant.json',
    [string[]] $Mailbox = @(),
    [switch] $IncludeHeaderWords,
    [switch] $IncludeRecipients
)

Set-StrictMode -Off
$ErrorActionPreference = 'Stop'

if (-not (Get-Command -Name Get-TransportRule -ErrorAction SilentlyContinue)) {
    throw 'Connect first: Connect-ExchangeOnline'
}

$export = [ordered]@{
    Schema   = 'mailwhy.tenant/1'
    Exported = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ')
}
$failed = New-Object -TypeName System.Collections.ArrayList

# Runs one cmdlet and keeps what it returns under its noun; what fails is listed, and the noun is
# left out, so that it counts as unknown and not as empty.
function Export-Noun {
    param([string] $Noun, [string] $Command, [scriptblock] $Get)
    try {
        $found = @(& $Get | Where-Object { $null -ne $_ })
        if ($export.Contains($Noun)) { $found = @($export[$Noun]) + $found }
        $export[$Noun] = $found
    }
    catch {
        [void] $failed.Add([ordered]@{ Command = $Command; Error = "$($_.Exception.Message)" })
    }
}

Export-Noun HostedConnectionFilterPolicy 'Get-HostedConnectionFilterPolicy' { Get-HostedConnectionFilterPolicy }
Export-Noun ExoPhishSimOverrideRule 'Get-ExoPhishSimOverrideRule' { Get-ExoPhishSimOverrideRule }
Export-Noun PhishSimOverridePolicy 'Get-PhishSimOverridePolicy' { Get-PhishSimOverridePolicy }
Export-Noun ExoSecOpsOverrideRule 'Get-ExoSecOpsOverrideRule' { Get-ExoSecOpsOverrideRule }

Export-Noun TransportRule 'Get-TransportRule' {
    # Description repeats every value in prose, hidden words too.
    Get-TransportRule -ResultSize Unlimited | Select-Object -Property * -ExcludeProperty Description | ForEach-Object {
        if (-not $IncludeHeaderWords) {
            foreach ($name in 'HeaderContainsWords', 'HeaderMatchesPatterns', 'ExceptIfHeaderContainsWords', 'ExceptIfHeaderMatchesPatterns') {
                if ($_.$name) { $_.$name = @('<hidden>') }
            }
        }
        $_
    }
}

# Rows of the Tenant Allow/Block List do not say which list they stand on: it is added.
foreach ($list in 'Sender', 'Url', 'FileHash', 'IP') {
    Export-Noun TenantAllowBlockListItems "Get-TenantAllowBlockListItems -ListType $list" {
        Get-TenantAllowBlockListItems -ListType $list | Add-Member -NotePropertyName ListType -NotePropertyValue $list -Force -PassThru
    }
}
Export-Noun TenantAllowBlockListItems 'Get-TenantAllowBlockListItems -ListType Url -ListSubType AdvancedDelivery' {
    Get-TenantAllowBlockListItems -ListType Url -ListSubType AdvancedDelivery | Add-Member -NotePropertyName ListType -NotePropertyValue 'Url' -Force -PassThru
}
Export-Noun TenantAllowBlockListSpoofItems 'Get-TenantAllowBlockListSpoofItems' { Get-TenantAllowBlockListSpoofItems }

Export-Noun HostedContentFilterPolicy 'Get-HostedContentFilterPolicy' { Get-HostedContentFilterPolicy }
Export-Noun HostedContentFilterRule 'Get-HostedContentFilterRule' { Get-HostedContentFilterRule }
Export-Noun AntiPhishPolicy 'Get-AntiPhishPolicy' { Get-AntiPhishPolicy }
Export-Noun AntiPhishRule 'Get-AntiPhishRule' { Get-AntiPhishRule }
Export-Noun MalwareFilterPolicy 'Get-MalwareFilterPolicy' { Get-MalwareFilterPolicy }
Export-Noun MalwareFilterRule 'Get-MalwareFilterRule' { Get-MalwareFilterRule }
Export-Noun SafeLinksPolicy 'Get-SafeLinksPolicy' { Get-SafeLinksPolicy }
Export-Noun SafeLinksRule 'Get-SafeLinksRule' { Get-SafeLinksRule }
Export-Noun SafeAttachmentPolicy 'Get-SafeAttachmentPolicy' { Get-SafeAttachmentPolicy }
Export-Noun SafeAttachmentRule 'Get-SafeAttachmentRule' { Get-SafeAttachmentRule }
Export-Noun EOPProtectionPolicyRule 'Get-EOPProtectionPolicyRule' { Get-EOPProtectionPolicyRule }
Export-Noun ATPProtectionPolicyRule 'Get-ATPProtectionPolicyRule' { Get-ATPProtectionPolicyRule }

Export-Noun InboundConnector 'Get-InboundConnector' { Get-InboundConnector }
Export-Noun OrganizationConfig 'Get-OrganizationConfig' { Get-OrganizationConfig | Select-Object -Property Name, RejectDirectSend, FocusedInboxOn }
Export-Noun AcceptedDomain 'Get-AcceptedDomain' { Get-AcceptedDomain }
Export-Noun ExternalInOutlook 'Get-ExternalInOutlook' { Get-ExternalInOutlook }
Export-Noun ArcConfig 'Get-ArcConfig' { Get-ArcConfig }

# Resolve-DnsName comes with Windows; elsewhere this is listed as failed.
Export-Noun MxRecord 'Resolve-DnsName -Type MX' {
    foreach ($domain in @(Get-AcceptedDomain)) {
        $name = "$($domain.DomainName)"
        Resolve-DnsName -Name $name -Type MX -ErrorAction SilentlyContinue |
            Where-Object { $_.NameExchange } |
            ForEach-Object { [pscustomobject]@{ Domain = $name; Exchange = "$($_.NameExchange)" } }
    }
}

foreach ($owner in $Mailbox) {
    Export-Noun MailboxJunkEmailConfiguration "Get-MailboxJunkEmailConfiguration -Identity $owner" {
        Get-MailboxJunkEmailConfiguration -Identity $owner | Add-Member -NotePropertyName Name -NotePropertyValue $owner -Force -PassThru
    }
}
if ($IncludeRecipients) {
    Export-Noun Recipient 'Get-Recipient' {
        Get-Recipient -ResultSize Unlimited | Select-Object -Property PrimarySmtpAddress, EmailAddresses
    }
}

$export['Failed'] = @($failed)
$target = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
$json = ConvertTo-Json -InputObject $export -Depth 5
[System.IO.File]::WriteAllText($target, $json, (New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false))

Write-Host "Wrote $target"
foreach ($one in $failed) { Write-Warning "$($one.Command): $($one.Error)" }
