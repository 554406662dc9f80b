; The Windows set-up: per user, no administrator, Japanese and English.
;
;   makensis -DVERSION=1.2.3 -DPAYLOAD=FOLDER -DOUT=setup.exe [-DSIGN="COMMAND"] [-DICON=FILE] [-DSIDE=FILE] setup.nsi
;
; PAYLOAD: the frozen program (econtract.exe, econtractw.exe, …). SIGN: a command that signs the file whose name follows it.
; SIDE: the picture that side_picture.py makes.
; Silent: setup.exe /S [/D=FOLDER]   (/D is the last one and takes no quotes)
;
; Exit codes   0 done   1 cancelled   2 a file could not be written; what was installed stays   3 the program runs
;              4 a newer version is installed   6 this Windows is too old (Windows 10, 64-bit, is needed)
;
; The program lies in a folder of its own (app). A new version is laid beside it, then the two change names: whatever fails,
; there is one whole version, and no file of an older one stays. A user's data lies elsewhere and is never touched.

Unicode true
Target amd64-unicode
SetCompressor /SOLID lzma
RequestExecutionLevel user
ManifestDPIAware true
ManifestSupportedOS all
ManifestLongPathAware true
CRCCheck force
XPStyle on
ShowInstDetails hide
ShowUninstDetails hide
BrandingText " "

!include MUI2.nsh
!include LogicLib.nsh
!include WordFunc.nsh
!include x64.nsh
!include WinVer.nsh

!define APP "econtract"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${APP}"
!define LINK_KEY "Software\Classes\${APP}"
!define MUTEX "econtract-desktop" ; the program holds it while it runs (econtract_desktop/running.py)
!define MARK "econtract.installed" ; in a folder that is ours

Name "$(NAME)"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\${APP}"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"
!ifdef SIGN
  !uninstfinalize '${SIGN} "%1"'
  !finalize '${SIGN} "%1"'
!endif

VIProductVersion "${VERSION}.0"
VIFileVersion "${VERSION}.0"
VIAddVersionKey /LANG=1041 "ProductName" "電子契約デスクトップ"
VIAddVersionKey /LANG=1041 "FileDescription" "電子契約デスクトップ セットアップ"
VIAddVersionKey /LANG=1041 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=1041 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=1041 "CompanyName" "The econtract-desktop developers"
VIAddVersionKey /LANG=1041 "LegalCopyright" "The econtract-desktop developers"
VIAddVersionKey /LANG=1033 "ProductName" "econtract desktop"
VIAddVersionKey /LANG=1033 "FileDescription" "econtract desktop set-up"
VIAddVersionKey /LANG=1033 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "CompanyName" "The econtract-desktop developers"
VIAddVersionKey /LANG=1033 "LegalCopyright" "The econtract-desktop developers"

!ifdef ICON
  !define MUI_ICON "${ICON}"
  !define MUI_UNICON "${ICON}"
!endif
!ifdef SIDE
  !define MUI_WELCOMEFINISHPAGE_BITMAP "${SIDE}"
!else
  !define MUI_WELCOMEFINISHPAGE_BITMAP "${NSISDIR}/Contrib/Graphics/Wizard/nsis3-metro.bmp"
!endif
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\app\econtractw.exe"
!define MUI_WELCOMEPAGE_TEXT "$(WELCOME)"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!define MUI_UNCONFIRMPAGE_TEXT_TOP "$(UNINSTALL_TEXT)"
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES

!insertmacro MUI_LANGUAGE "Japanese" ; the first one is taken where the system speaks neither
!insertmacro MUI_LANGUAGE "English"

LangString NAME 1041 "電子契約デスクトップ"
LangString NAME 1033 "econtract desktop"
LangString WELCOME 1041 "電子契約デスクトップ ${VERSION} をインストールします。$\r$\n$\r$\n管理者の権限は要りません。作成中の書類や設定はそのまま残ります。$\r$\n$\r$\n電子契約デスクトップが動いている場合は、先に終了してください。"
LangString WELCOME 1033 "This installs econtract desktop ${VERSION}.$\r$\n$\r$\nNo administrator is needed. Your drafts and settings stay as they are.$\r$\n$\r$\nIf econtract desktop is running, please close it first."
LangString UNINSTALL_TEXT 1041 "電子契約デスクトップを削除します。作成中の書類、署名した文書、設定は削除しません。"
LangString UNINSTALL_TEXT 1033 "This removes econtract desktop. Your drafts, signed documents and settings are not removed."
LangString RUNS 1041 "電子契約デスクトップが動いています。終了してから「再試行」を押してください。"
LangString RUNS 1033 "econtract desktop is running. Close it, then press Retry."
LangString IN_USE 1041 "プログラムのファイルが使われています。電子契約デスクトップを終了してから、もう一度セットアップを実行してください。今までの版はそのまま使えます。"
LangString IN_USE 1033 "Files of the program are in use. Close econtract desktop, then run the set-up again. The version you have still works."
LangString NEWER 1041 "新しい版 ($0) がすでにインストールされています。この版 (${VERSION}) に戻すことはできません。"
LangString NEWER 1033 "A newer version ($0) is installed already. Going back to ${VERSION} is refused."
LangString TOO_OLD 1041 "Windows 10 以降 (64 ビット) が必要です。"
LangString TOO_OLD 1033 "Windows 10 or newer (64-bit) is needed."
LangString NOT_WRITTEN 1041 "ファイルを書き込めませんでした。ディスクの空きと、フォルダー「$INSTDIR」に書き込めることを確かめてください。今までの版はそのまま使えます。"
LangString NOT_WRITTEN 1033 "A file could not be written. Check the free space and that $\"$INSTDIR$\" can be written to. The version you have still works."

!macro END_WITH CODE TEXT
  MessageBox MB_ICONSTOP|MB_OK "${TEXT}" /SD IDOK
  SetErrorLevel ${CODE}
  Quit
!macroend

; Ends with 3 where the program runs and nobody closes it.
!macro CLOSED WHERE
  again_${WHERE}:
  System::Call 'kernel32::OpenMutexW(i 0x100000, i 0, w "${MUTEX}") p .r1'
  ${If} $1 P<> 0
    System::Call 'kernel32::CloseHandle(p r1)'
    MessageBox MB_ICONEXCLAMATION|MB_RETRYCANCEL "$(RUNS)" /SD IDCANCEL IDRETRY again_${WHERE}
    SetErrorLevel 3
    Quit
  ${EndIf}
!macroend

Function .onInit
  ${IfNot} ${RunningX64}
  ${OrIfNot} ${AtLeastWin10}
    !insertmacro END_WITH 6 "$(TOO_OLD)"
  ${EndIf}
  ReadRegStr $0 HKCU "${UNINSTALL_KEY}" "DisplayVersion"
  ${If} $0 != ""
    ${VersionCompare} "$0" "${VERSION}" $1
    ${If} $1 == 1
      !insertmacro END_WITH 4 "$(NEWER)"
    ${EndIf}
  ${EndIf}
  ; A folder with anybody else's files in it is not ours to fill.
  ${If} ${FileExists} "$INSTDIR\*.*"
  ${AndIfNot} ${FileExists} "$INSTDIR\${MARK}"
    StrCpy $INSTDIR "$INSTDIR\${APP}"
  ${EndIf}
  !insertmacro CLOSED install
FunctionEnd

Section "-program" PROGRAM
  RMDir /r "$INSTDIR\app.new" ; of a set-up that was broken off
  ClearErrors
  SetOutPath "$INSTDIR"
  FileOpen $0 "$INSTDIR\${MARK}" w
  FileWrite $0 "${VERSION}"
  FileClose $0
  SetOverwrite try
  SetOutPath "$INSTDIR\app.new"
  File /r "${PAYLOAD}/*"
  ${If} ${Errors}
    SetOutPath "$INSTDIR"
    RMDir /r "$INSTDIR\app.new"
    !insertmacro END_WITH 2 "$(NOT_WRITTEN)"
  ${EndIf}
  SetOutPath "$INSTDIR" ; a folder somebody works in cannot change its name
  RMDir /r "$INSTDIR\app.old"
  ${If} ${FileExists} "$INSTDIR\app\*.*"
    ClearErrors
    Rename "$INSTDIR\app" "$INSTDIR\app.old"
    ${If} ${Errors}
      RMDir /r "$INSTDIR\app.new"
      !insertmacro END_WITH 3 "$(IN_USE)"
    ${EndIf}
  ${EndIf}
  ClearErrors
  Rename "$INSTDIR\app.new" "$INSTDIR\app"
  ${If} ${Errors}
    Rename "$INSTDIR\app.old" "$INSTDIR\app"
    !insertmacro END_WITH 2 "$(NOT_WRITTEN)"
  ${EndIf}
  RMDir /r "$INSTDIR\app.old"

  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortCut "$SMPROGRAMS\$(NAME).lnk" "$INSTDIR\app\econtractw.exe"

  WriteRegStr HKCU "${LINK_KEY}" "" "URL:econtract"
  WriteRegStr HKCU "${LINK_KEY}" "URL Protocol" ""
  WriteRegStr HKCU "${LINK_KEY}\DefaultIcon" "" "$INSTDIR\app\econtractw.exe,0"
  WriteRegStr HKCU "${LINK_KEY}\shell\open\command" "" '"$INSTDIR\app\econtractw.exe" --link "%1"'

  SectionGetSize ${PROGRAM} $0
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "$(NAME)"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\app\econtractw.exe"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "The econtract-desktop developers"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Shortcut" "$SMPROGRAMS\$(NAME).lnk"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" $0
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
SectionEnd

Function un.onInit
  !insertmacro CLOSED uninstall
FunctionEnd

Section "Uninstall"
  ReadRegStr $0 HKCU "${UNINSTALL_KEY}" "Shortcut" ; its name is in the language of the set-up, not of today
  ${If} $0 != ""
    Delete "$0"
  ${EndIf}
  RMDir /r "$INSTDIR\app"
  RMDir /r "$INSTDIR\app.old"
  RMDir /r "$INSTDIR\app.new"
  Delete "$INSTDIR\${MARK}"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR" ; only when nothing of anybody else's is in it
  DeleteRegKey HKCU "${LINK_KEY}"
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
SectionEnd
