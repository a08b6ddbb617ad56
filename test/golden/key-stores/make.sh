#!/bin/sh
# Makes the stores anew with the keytool of JDK 17 and with OpenSSL 3, then asks Java what is in them. Writes into the
# folder that it is run in, which should be empty.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C.UTF-8
pass=storePassword
other=anotherPassword

tool() { keytool "$@" 2>/dev/null; }

# A CA, a key signed by it, and a certificate to trust.
authority() { # file type flags...
  file=$1 type=$2; shift 2
  tool -genkeypair -keystore "$file" -storetype "$type" -storepass $pass -keypass $pass -alias Authority -keyalg EC \
    -groupname secp256r1 -dname 'CN=Authority' -ext bc:c -validity 36500 "$@"
  tool -genkeypair -keystore "$file" -storetype "$type" -storepass $pass -keypass $pass -alias server -keyalg EC \
    -groupname secp256r1 -dname 'CN=server' -validity 36500 "$@"
  tool -certreq -keystore "$file" -storetype "$type" -storepass $pass -keypass $pass -alias server "$@" |
    tool -gencert -keystore "$file" -storetype "$type" -storepass $pass -keypass $pass -alias authority \
      -validity 36500 -rfc "$@" >signed.pem
  tool -importcert -noprompt -keystore "$file" -storetype "$type" -storepass $pass -keypass $pass -alias server \
    -file signed.pem "$@"
}
trusted() { # file type flags...
  file=$1 type=$2; shift 2
  tool -importcert -noprompt -keystore "$file" -storetype "$type" -storepass $pass -alias 'Trusted Ä' \
    -file trusted.pem "$@"
}
secret() { # file type alias algorithm bits password flags...
  file=$1 type=$2 alias=$3 algorithm=$4 bits=$5 key=$6; shift 6
  tool -genseckey -keystore "$file" -storetype "$type" -storepass $pass -keypass "$key" -alias "$alias" \
    -keyalg "$algorithm" -keysize "$bits" "$@"
}

tool -genkeypair -keystore t.p12 -storetype PKCS12 -storepass $pass -alias t -keyalg EC -groupname secp256r1 \
  -dname 'CN=trusted' -validity 36500
tool -exportcert -keystore t.p12 -storepass $pass -alias t -rfc >trusted.pem

quick=-J-Djdk.jceks.iterationCount=10000
for bits in 128 192 256; do secret secret.jceks JCEKS "AES-$bits" AES $bits $pass $quick; done
secret secret.jceks JCEKS hmac HmacSHA256 256 $pass $quick
secret secret.jceks JCEKS des DES 56 $pass $quick
secret secret.jceks JCEKS triple DESede 168 $pass $quick
secret other.jceks JCEKS key-1 AES 256 $other $quick
authority mixed.jceks JCEKS $quick
trusted mixed.jceks JCEKS
secret mixed.jceks JCEKS Schlüssel AES 256 $pass $quick
authority mixed.jks JKS
trusted mixed.jks JKS
tool -genkeypair -keystore rsa.jks -storetype JKS -storepass $pass -keypass $other -alias rsa -keyalg RSA \
  -keysize 2048 -dname 'CN=rsa' -validity 36500

for bits in 128 192 256; do secret modern.p12 PKCS12 "AES-$bits" AES $bits $pass; done
secret modern.p12 PKCS12 hmac HmacSHA256 256 $pass
secret modern.p12 PKCS12 triple DESede 168 $pass
authority modern.p12 PKCS12
trusted modern.p12 PKCS12
legacy=-J-Dkeystore.pkcs12.legacy
secret legacy.p12 PKCS12 key-1 AES 256 $pass $legacy
authority legacy.p12 PKCS12 $legacy
trusted legacy.p12 PKCS12 $legacy

variant() { # file key certificate mac
  store=$1
  set -- "-J-Dkeystore.pkcs12.keyProtectionAlgorithm=$2" "-J-Dkeystore.pkcs12.certProtectionAlgorithm=$3" \
    "-J-Dkeystore.pkcs12.macAlgorithm=$4"
  secret "$store" PKCS12 key-1 AES 128 $pass "$@"
  trusted "$store" PKCS12 "$@"
}
variant sha1-aes128.p12 PBEWithHmacSHA1AndAES_128 PBEWithSHA1AndRC2_128 HmacPBESHA224
variant sha384.p12 PBEWithHmacSHA384AndAES_128 PBEWithHmacSHA224AndAES_128 HmacPBESHA384
variant sha512.p12 PBEWithHmacSHA512AndAES_256 PBEWithHmacSHA512AndAES_256 HmacPBESHA512
variant no-mac.p12 PBEWithHmacSHA256AndAES_256 PBEWithHmacSHA256AndAES_256 NONE
variant open.p12 PBEWithHmacSHA256AndAES_256 NONE NONE

openssl ecparam -name prime256v1 -genkey -noout -out o.key
openssl req -new -x509 -key o.key -subj /CN=openssl -days 36500 -out o.pem 2>/dev/null
ssl() { openssl pkcs12 -export -inkey o.key -in o.pem "$@"; }
ssl -out openssl.p12 -name OpenSSL -passout pass:$pass
ssl -out openssl-legacy.p12 -legacy -name OpenSSL -passout pass:$pass
ssl -out openssl-unnamed.p12 -certfile trusted.pem -passout pass:$pass
ssl -out openssl-empty.p12 -name OpenSSL -passout pass:
java "$here/EmptyPassword.java" openssl.p12 java-empty.p12 $pass
# Java 17 reads none of these; they hold what openssl.p12 holds.
ssl -out openssl-plain.p12 -name OpenSSL -keypbe NONE -certpbe NONE -passout pass:$pass
ssl -out openssl-unicode.p12 -legacy -name OpenSSL -passout pass:größer
ssl -out openssl-aes192.p12 -keypbe AES-192-CBC -certpbe DES-EDE3-CBC -name OpenSSL -passout pass:$pass

set --
for file in secret.jceks mixed.jceks; do set -- "$@" $file JCEKS $pass $pass; done
set -- "$@" other.jceks JCEKS $pass $other "$here/flume.jceks" JCEKS keyStorePassword keyPassword
set -- "$@" mixed.jks JKS $pass $pass rsa.jks JKS $pass $other
for file in modern legacy sha1-aes128 sha384 sha512 no-mac open openssl openssl-legacy openssl-unnamed; do
  set -- "$@" $file.p12 PKCS12 $pass $pass
done
set -- "$@" openssl-empty.p12 PKCS12 '' '' java-empty.p12 PKCS12 '' ''
java -Dfile.encoding=UTF-8 "$here/KeyStoreDump.java" "$@" >expected.json
rm -f t.p12 signed.pem trusted.pem o.key o.pem
