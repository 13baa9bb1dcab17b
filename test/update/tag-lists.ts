/** Tags as the repositories of well-known images have them, cut to what decides. */
export const tagLists: Readonly<Record<string, readonly string[]>> = {
  node: words(`latest lts lts-alpine lts-slim current iron iron-slim jod krypton alpine slim bookworm
    18 18-alpine 18-bookworm 18-slim 18.20 18.20.4 18.20.4-alpine 18.20.4-alpine3.19 18.20.8-alpine3.20
    20 20-alpine 20-alpine3.18 20-alpine3.19 20-alpine3.20 20-alpine3.21 20-bookworm 20-bookworm-slim 20-bullseye
    20-bullseye-slim 20-slim 20-trixie 20.9 20.10 20.11 20.11-alpine 20.11-alpine3.18 20.11-alpine3.19 20.11-bookworm
    20.11.0 20.11.0-alpine 20.11.0-alpine3.19 20.11.1 20.11.1-alpine 20.11.1-alpine3.18 20.11.1-alpine3.19
    20.11.1-bookworm-slim 20.19 20.19.5 20.19.5-alpine 20.19.5-alpine3.20 20.19.5-alpine3.21 20.19.5-bookworm-slim
    20.19.5-trixie-slim 21 21-alpine 21-slim 21.7 21.7.3 21.7.3-alpine3.19 21.7.3-slim 21.7.2 21.6.0
    22 22-alpine 22-alpine3.20 22-alpine3.21 22-bookworm 22-bookworm-slim 22-slim 22-trixie-slim 22.20 22.20.0
    22.20.0-alpine 22.20.0-alpine3.21 22.20.0-bookworm-slim 22.20.0-slim 23 23-alpine 23.11.1 23.11.1-bookworm-slim
    24 24-alpine 24-alpine3.21 24-slim 24.9.0 24.9.0-alpine3.21 24.9.0-alpine3.22 24.9.0-bookworm-slim 24.9.0-slim
    25 25-alpine 25.0.0 25.0.0-slim 20.11.1-amd64 4e1f2a3`),
  python: words(`latest slim alpine 3 3-slim 3-alpine 3.9 3.11 3.11-slim 3.11-slim-bookworm 3.11-alpine3.18 3.11.7
    3.11.7-slim 3.11.7-slim-bookworm 3.11.8-slim-bookworm 3.11.13-slim-bookworm 3.11.13-slim-trixie 3.12 3.12-slim
    3.12-slim-bookworm 3.12-slim-bullseye 3.12-alpine 3.12-alpine3.19 3.12-alpine3.20 3.12-windowsservercore-ltsc2022
    3.12.0a1 3.12.0b4-slim 3.12.0rc3 3.12.1 3.12.1-slim 3.12.1-slim-bookworm 3.12.1-alpine3.19 3.12.11-slim-bookworm
    3.12.11 3.12.11-alpine3.21 3.13 3.13-slim 3.13-slim-bookworm 3.13-slim-trixie 3.13-alpine3.20 3.13-rc 3.13-rc-slim
    3.13.0 3.13.0a3 3.13.0b1-slim 3.13.0rc2-alpine3.20 3.13.0-slim 3.13.7 3.13.7-slim 3.13.7-slim-bookworm
    3.13-windowsservercore-ltsc2022 3.13-windowsservercore-ltsc2025 3.14-rc 3.14-rc-slim 3.14.0a7 3.14.0b3 3.14.0rc1
    3.14.0rc2 3.14.0rc2-slim 2.7 2 rc rc-slim 3.12.1-windowsservercore-1809 3.12.11-windowsservercore-1809`),
  debian: words(`latest stable stable-slim testing sid unstable oldstable rc-buggy experimental forky forky-slim 10 11
    11-slim 11.8 11.9 11.9-slim 11.11 12 12-slim 12.4 12.4-slim 12.5 12.5-slim 12.11 12.12 12.12-slim 13 13-slim 13.0
    13.1 13.1-slim buster bullseye bullseye-slim bookworm bookworm-slim bookworm-backports trixie trixie-slim
    trixie-backports bookworm-20240110 bookworm-20240110-slim bookworm-20240211-slim bookworm-20250908
    bookworm-20250908-slim trixie-20250908 trixie-20250908-slim unstable-20240110-slim unstable-20250908-slim
    stable-20240110-slim stable-20250908-slim forky-20250908-slim 20240110`),
  ubuntu:
    words(`latest rolling devel 16.04 18.04 20.04 21.10 22.04 22.10 23.04 23.10 24.04 24.10 25.04 25.10 focal jammy
    lunar mantic noble oracular plucky questing jammy-20240111 jammy-20240227 jammy-20250819 mantic-20240122
    noble-20240114 noble-20240423 noble-20250910 plucky-20250714 questing-20250924 24.4 14.04.5 resolute`),
  alpine: words(`latest edge 2.6 2.7 3 3.1 3.2 3.9 3.10 3.18 3.18.5 3.18.6 3.19 3.19.0 3.19.1 3.19.8 3.20 3.20.0 3.20.3
    3.21 3.21.0 3.21.3 3.22 3.22.1 20190925 20231219 20240329 20240807 20250108 3.22.0_rc1`),
  dotnet:
    words(`latest 6.0 6.0-alpine 6.0-jammy 6.0.36 7.0 7.0-alpine 7.0.20 8.0 8.0-alpine 8.0-alpine3.18 8.0-alpine3.19
    8.0-alpine3.20 8.0-alpine3.21 8.0-bookworm-slim 8.0-jammy 8.0-jammy-chiseled 8.0-jammy-chiseled-extra 8.0-noble
    8.0-noble-chiseled 8.0-nanoserver-1809 8.0-nanoserver-ltsc2022 8.0-nanoserver-ltsc2025
    8.0-windowsservercore-ltsc2019 8.0-windowsservercore-ltsc2022 8.0.1 8.0.1-alpine3.19 8.0.1-bookworm-slim-amd64
    8.0.1-bookworm-slim-arm64v8 8.0.1-jammy-chiseled 8.0.20 8.0.20-alpine3.21 8.0.20-bookworm-slim-amd64
    8.0.20-bookworm-slim-arm64v8 8.0.20-jammy-chiseled 8.0.20-noble-chiseled 8.0-azurelinux3.0-distroless 8.0-cbl-mariner2.0
    9.0 9.0-alpine 9.0-alpine3.20 9.0-alpine3.21 9.0-bookworm-slim 9.0-noble 9.0-noble-chiseled 9.0-preview
    9.0-preview-alpine 9.0.0-preview.1 9.0.0-rc.2 9.0.9 9.0-nanoserver-ltsc2022 10.0 10.0-alpine 10.0-alpine3.22
    10.0-noble 10.0-noble-chiseled 10.0-preview 10.0.0 10.0.0-rc.1 10.0.0-preview.7-alpine3.22 10.0-nanoserver-ltsc2022
    10.0.0-azurelinux3.0-distroless 10.0-azurelinux3.0-distroless`),
  'eclipse-temurin': words(`latest 8 8-jre 8-jdk-jammy 8u392-b08-jdk 8u402-b06-jdk 8u402-b06-jre-alpine 8u462-b08-jdk 11
    11-jre 11-jre-alpine 11.0.22_7-jdk 11.0.22_7-jdk-focal 11.0.28_6-jdk 11.0.28_6-jdk-jammy 17 17-jdk 17-jre
    17-jre-alpine 17-jre-jammy 17-jdk-nanoserver-1809 17-jdk-windowsservercore-ltsc2022 17.0.9_9-jre 17.0.10_7-jre
    17.0.10_7-jre-jammy 17.0.10_7-jdk-ubi9-minimal 17.0.16_8-jre 17.0.16_8-jre-jammy 17.0.16_8-jre-noble
    17.0.16_8-jdk-ubi9-minimal 18 19 20 20-jre 21 21-jdk 21-jre 21-jre-alpine 21-jre-alpine-3.20 21-jre-alpine-3.21
    21-jre-alpine-3.22 21-jre-jammy 21-jre-noble 21-jre-ubi9-minimal 21.0.1_12-jre 21.0.2_13-jre 21.0.2_13-jre-alpine
    21.0.8_9-jre 21.0.8_9-jre-alpine 22 22-jre 22.0.2_9-jre 23 23-jre 23-jre-ubi9-minimal 24 24-jre 24.0.2_12-jre 25
    25-jdk 25-jre 25-jre-alpine 25_36-jre 25-jre-noble 25-jre-ubi10-minimal 25-jdk-windowsservercore-ltsc2022`),
  nginx: words(`latest mainline stable alpine stable-alpine mainline-alpine perl 1 1-alpine 1.24 1.24-alpine 1.24.0
    1.24.0-alpine 1.25 1.25-alpine 1.25-alpine3.18 1.25-alpine3.18-slim 1.25-alpine-slim 1.25-bookworm 1.25-perl 1.25.2
    1.25.3 1.25.3-alpine 1.25.3-alpine-otel 1.25.3-alpine3.18 1.25.3-alpine3.18-slim 1.25.4 1.25.4-alpine
    1.25.4-alpine-otel 1.25.4-alpine3.18 1.25.4-alpine3.18-slim 1.25.5-alpine3.19-slim 1.25.5 1.25.5-alpine 1.26
    1.26-alpine 1.27 1.27-alpine 1.27-alpine3.20 1.27-perl 1.27.0 1.28 1.28.0 1.28.0-alpine 1.28.0-alpine3.21
    1.28.0-alpine3.21-slim 1.29 1.29.1 1.29.1-alpine 1.29.1-alpine3.22-slim 1.29.1-perl 2024`),
  golang: words(`latest alpine bookworm tip tip-20240208-alpine tip-20250901-alpine nanoserver-1809 nanoserver-ltsc2022
    windowsservercore-ltsc2022 1 1-alpine 1.20 1.21 1.21-alpine 1.21-alpine3.18 1.21-alpine3.19 1.21-bookworm 1.21.5
    1.21.6 1.21.6-alpine3.18 1.21.6-alpine3.19 1.21.6-bookworm 1.21.6-windowsservercore-ltsc2022 1.21.13
    1.21.13-alpine3.19 1.21.13-alpine3.20 1.21.13-bookworm 1.21rc2 1.22 1.22-alpine 1.22-alpine3.19 1.22-bookworm 1.22-rc
    1.22-rc-alpine 1.22.0 1.22.0-windowsservercore-ltsc2022 1.22rc1 1.22rc2-alpine3.19 1.22.12-bookworm 1.25 1.25-alpine
    1.25-alpine3.22 1.25-bookworm 1.25-trixie 1.25.1 1.25.1-alpine3.22 1.25.1-bookworm 1.26rc1 1.26-rc-alpine`),
  postgres:
    words(`latest alpine alpine3.19 alpine3.20 alpine3.22 bookworm trixie 9.6 13 14 14-alpine 15 15-alpine 15-bullseye
    15.5 15.6 15.6-alpine3.19 15.6-bullseye 15.14 15.14-alpine3.22 15.14-bookworm 15.14-bullseye 16 16-alpine
    16-alpine3.19 16-alpine3.22 16-bookworm 16-bullseye 16-trixie 16.1 16.1-alpine 16.1-alpine3.18 16.1-alpine3.19
    16.1-bookworm 16.2 16.2-alpine3.19 16.10 16.10-alpine 16.10-alpine3.21 16.10-bookworm 17 17-alpine 17-bookworm
    17.0 17.6 17.6-alpine3.22 17.6-bookworm 17beta1 17beta2 17rc1-alpine 17rc1 18beta3 18rc1 18rc1-alpine3.22`),
  redis:
    words(`latest alpine bookworm 6 6.2 6.2-alpine 6.2.14 7 7-alpine 7-bookworm 7.0 7.0.15 7.2 7.2-alpine 7.2-bookworm
    7.2-rc 7.2-rc3 7.2.3 7.2.4 7.2.4-alpine 7.2.4-alpine3.19 7.2.4-bookworm 7.2.10 7.2.10-bookworm 7.2.10-alpine
    7.2.11 7.2.11-alpine3.21 7.4 7.4-alpine 7.4-rc1 7.4-rc2-alpine 7.4.5 7.4.5-bookworm 8 8-alpine 8.0 8.0-M04
    8.0-M04-bookworm 8.0-rc1 8.0.0-bookworm 8.2 8.2.1 8.2.1-bookworm 8.2.1-alpine3.22 8.4-m01 8.4-rc1-alpine`),
  servercore:
    words(`ltsc2016 ltsc2019 ltsc2022 ltsc2025 ltsc2019-amd64 ltsc2022-amd64 ltsc2025-amd64 1809 1903 1909 2004 20H2
    1809-amd64 10.0.17763.5329 10.0.17763.7792 10.0.20348.2113 10.0.20348.2227 10.0.20348.4171 10.0.20348.2113-amd64
    10.0.20348.4171-amd64 10.0.26100.6584 ltsc2022-KB5034129 1809-KB4471332 10.0.14393.8422`),
  'bitnami/postgresql': words(`latest 16 16.1.0 16.1.0-debian-11-r15 16.1.0-debian-11-r24 16.1.0-debian-12-r0
    16.2.0-debian-11-r0 16.2.0-debian-11-r3 16.2.0-debian-12-r18 16.6.0-debian-12-r2 17.2.0-debian-12-r1
    sha256-0a1b2c3d4e5f.sig sha256-0a1b2c3d4e5f.metadata`),
  'ubi9/ubi': words(`latest 9.2 9.2-755 9.2-755.1697625012 9.3 9.3-1361 9.3-1476 9.3-1552 9.3-1610 9.4 9.4-947 9.4-1181
    9.4-947.1717074712 9.6-1752625787 9.6`),
  php: words(`8 8.2 8.2-fpm 8.2.15-fpm-alpine3.19 8.2.15-apache 8.2.29-fpm-alpine3.21 8.2.29-fpm-alpine3.22 8.3 8.3-fpm
    8.3-rc-fpm 8.3.0RC1-cli 8.3.0alpha1-cli 8.3.2-cli 8.3.2-fpm-alpine3.19 8.3.25-cli 8.3.25-fpm-alpine3.21
    8.3.25-apache 8.4 8.4-fpm 8.4.12-cli 8.4.12-fpm-alpine3.21 8.5-rc 8.5.0beta2-cli 8.5.0RC1-cli`),
  traefik:
    words(`latest mimolette v2 v2.10 v2.10.7 v2.11 v2.11.0 v2.11.0-rc2 v2.11.29 v3 v3.0 v3.0.0 v3.0.0-beta5 v3.0.0-rc1
    v3.5 v3.5.2 v3.6.0-ea.1 2.10 2.10.7 2.11 2.11.0 2.11.29 3.0 3.5.2 v2.11.0-windowsservercore-1809
    v2.11.29-windowsservercore-1809 v2.11.29-windowsservercore-ltsc2022 experimental-master`),
  mssql: words(`latest 2017-latest 2019-latest 2022-latest 2025-latest 2017-CU31-ubuntu-18.04 2019-CU24-ubuntu-20.04
    2019-CU25-ubuntu-20.04 2019-CU32-ubuntu-20.04 2022-CU10-ubuntu-22.04 2022-CU9-ubuntu-20.04 2022-CU11-ubuntu-22.04
    2022-CU21-ubuntu-22.04 2022-preview-ubuntu-22.04 2025-RC1-ubuntu-24.04 2025-CTP2.0-ubuntu-22.04`),
  maven:
    words(`latest 3 3-eclipse-temurin-17 3-eclipse-temurin-21 3.9-eclipse-temurin-17 3.9.6-eclipse-temurin-17-alpine
    3.9.11-eclipse-temurin-17-alpine 3.9.11-eclipse-temurin-21-alpine 3.9.6-amazoncorretto-17 3.9.11-amazoncorretto-17
    4.0.0-rc-4-eclipse-temurin-17-alpine 4.0.0-rc-4-amazoncorretto-17`),
  'home-assistant': words(`stable beta dev rc 2024.1 2024.1.5 2024.1.6 2024.2 2024.2.0 2024.2.0b1 2024.2.0.dev20240115
    2024.12.5 2025.1 2025.1.0 2025.9.4 2025.10.0b1 2025.10.0.dev202509250234 0.118.5`),
  keycloak: words(
    `latest nightly 22.0 22.0.5 22.0.5-2 23.0 23.0.4 23.0.7 23.0.7-0 24.0 26.3 26.3.5 26.3.5-1 legacy 19.0.3-legacy`,
  ),
  'linuxserver/sonarr': words(`latest develop 4.0.1 4.0.1-develop 4.0.0.748-ls222 4.0.0.748-ls223 4.0.1.929-ls225
    4.0.15.2941-ls291 version-4.0.1.929 version-4.0.15.2941 amd64-4.0.15.2941-ls291 arm64v8-latest`),
  acme: words(`main main-1a2b3c4 sha-1a2b3c4 sha-9f8e7d6 1a2b3c4d5e 20240115 20240220 20240116 20250103 202401151230
    202402011200 2024.01 2024.02 2024.11 2025.01 2025.1 v1.0.0 v1.0.1 v1.1.0-rc.1 v1.1.0-rc.9 v1.1.0-rc.10 v1.1.0
    v1.2.0-beta.1 v2.0.0 1.0.0 1.0.0-1a2b3c4 1.0.1-9f8e7d6 release-1.4 release-1.5 build-17 build-18 202401 202402
    1.4.2_3 1.4.2_11 1.5.0_1 pr-12 1234567 7654321 00012345678901234567890`),
  tool: words('22.04 22.10 24.04'),
  openssl: words('1.0.2u 1.1.1 1.1.1b 1.1.1u 1.1.1u-alpine 1.1.1v 1.1.1v-alpine 1.1.1w 1.1.1-slim 3.0.1'),
};

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
