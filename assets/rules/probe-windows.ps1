# asr-tui looks into this guest. It reads and writes nothing.
$ProgressPreference = 'SilentlyContinue'
Write-Output "== system"
Get-CimInstance Win32_OperatingSystem | Select-Object Caption,Version,FreePhysicalMemory | ConvertTo-Json
Write-Output "== services"
Get-Service -Name VSS,COMSysApp,svagents -ErrorAction SilentlyContinue | Select-Object Name,StartType,Status | ConvertTo-Json
Write-Output "== providers"
vssadmin list providers
Write-Output "== disks"
Get-Disk | Select-Object Number,Lun,Location,PartitionStyle | ConvertTo-Json
Write-Output "== pools"
Get-StoragePool -ErrorAction SilentlyContinue | Select-Object FriendlyName,IsPrimordial | ConvertTo-Json
Write-Output "== bitlocker"
Get-BitLockerVolume -ErrorAction SilentlyContinue | Select-Object MountPoint,ProtectionStatus | ConvertTo-Json
Write-Output "== proxy"
netsh winhttp show proxy
Write-Output "== agent"
Test-Path "C:\Program Files (x86)\Microsoft Azure Site Recovery"
Write-Output "== reboot"
Test-Path "HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired"
Write-Output "== fips"
Get-ItemProperty "HKLM:\SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy" | Select-Object Enabled | ConvertTo-Json
Write-Output "== dotnet"
Get-ItemProperty "HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full" | Select-Object Version | ConvertTo-Json
Write-Output "== resolve"
Resolve-DnsName @sign_in@ -ErrorAction SilentlyContinue | Select-Object Name,IPAddress | ConvertTo-Json
Write-Output "== sign-in"
Test-NetConnection @sign_in@ -Port 443 -WarningAction SilentlyContinue | Select-Object TcpTestSucceeded | ConvertTo-Json
Write-Output "== certificates"
Invoke-WebRequest -UseBasicParsing https://@sign_in@ | Select-Object StatusCode | ConvertTo-Json
Write-Output "== cache"
Test-NetConnection @cache@ -Port 443 -WarningAction SilentlyContinue | Select-Object TcpTestSucceeded | ConvertTo-Json
Write-Output "== service"
Test-NetConnection @service@ -Port 443 -WarningAction SilentlyContinue | Select-Object TcpTestSucceeded | ConvertTo-Json
Write-Output "== end"
