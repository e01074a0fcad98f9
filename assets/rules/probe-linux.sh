# asr-tui looks into this guest. It reads and writes nothing.
echo "== kernel"
uname -r
echo "== system"
grep -E '^(ID|VERSION_ID)=' /etc/os-release
echo "== disks"
lsblk -P -o NAME,TYPE,FSTYPE,MOUNTPOINT,PKNAME,HCTL
echo "== boot"
grep -hE 'root=|rd.lvm.lv=|resume=' /etc/default/grub /boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/grub/menu.lst 2>/dev/null | head -n 8
echo "== modules"
grep -oE '^(drbd|dm_multipath|iscsi_tcp) ' /proc/modules 2>/dev/null
echo "== proxy"
grep -iE 'https?_proxy=' /etc/environment 2>/dev/null
echo "== agent"
ls -d /usr/local/ASR /usr/local/InMage 2>/dev/null
echo "== reboot"
ls /var/run/reboot-required 2>/dev/null
echo "== fips"
cat /proc/sys/crypto/fips_enabled 2>/dev/null
echo "== memory"
free -m | grep Mem
echo "== resolve"
getent hosts @sign_in@ > /dev/null && echo yes || echo no
echo "== sign-in"
timeout 10 bash -c '</dev/tcp/@sign_in@/443' > /dev/null 2>&1 && echo yes || echo no
echo "== certificates"
timeout 15 openssl s_client -connect @sign_in@:443 -servername @sign_in@ 2>/dev/null < /dev/null | grep 'Verify return code'
echo "== cache"
timeout 10 bash -c '</dev/tcp/@cache@/443' > /dev/null 2>&1 && echo yes || echo no
echo "== service"
timeout 10 bash -c '</dev/tcp/@service@/443' > /dev/null 2>&1 && echo yes || echo no
echo "== end"
