"""Interchanges as input of the benchmarks: 850s of about 620 bytes in one group, ORDERS of about 710 in one interchange."""

from __future__ import annotations

from pathlib import Path

_ISA = "ISA*00*          *00*          *ZZ*RETAILER       *ZZ*REDPANDA       *220622*0815*U*00401*000000001*0*P*>~\n"
_GS = "GS*PO*RETAILER*REDPANDA*20220622*0815*1*X*004010~\n"
_SET = """\
ST*850*{number:09}~
BEG*00*DS*AB{number:08}**20220621~
CUR*BY*USD~
REF*CO*{number:08}-001~
REF*IA*{vendor}~
DTM*010*20220628~
TD5**2*UPSN*M*GROUND~
N9*L1*ORDER~
MSG*DRP SHP ORD {number:08} PLEASE PACK WITH CARE~
N1*ST*ARIEL BYRD {number}*92*100~
N3*{house} HARBOR STREET*4B~
N4*WESTBOROUGH*MA*01581*US~
PER*IC*ARIEL BYRD*TE*5085550100*EM*A.BYRD.{number}@MAIL.EXAMPLE~
PO1*1*3*EA*{dollars}.98*WE*SK*BX{vendor}-{first}*VN*V{vendor}{first:03}~
CTP**RTL*{dollars}.99~
PID*F*08***TOTE BAG NO. {first}~
PO1*2*1*EA*21.50*WE*SK*BX{vendor}-{second}*VN*V{vendor}{second:03}~
PID*F*08***KETTLE NO. {second}~
CTT*2*4~
SE*20*{number:09}~
"""
_UNB = "UNA:+.? '\nUNB+UNOC:3+5412345000013:14+8712345000004:14+220622:0815+1++ORDERS'\n"
_MESSAGE = """\
UNH+{number}+ORDERS:D:96A:UN:EAN008'
BGM+220+AB{number:08}+9'
DTM+137:20220621:102'
DTM+2:20220628:102'
FTX+AAI+++Customer asked for careful packing: no. {number}'
FTX+DEL+++Ring twice, it?'s the blue door'
RFF+CR:{number:08}'
NAD+BY+5412345000013::9'
NAD+SU+8712345000004::9'
NAD+ST+++Ariel Byrd {number}+{house} Harbor Street:4B+Westborough+MA+01581+US'
CTA+IC+:Ariel Byrd'
COM+508-555-0100:TE'
COM+a.byrd.{number}@mail.example:EM'
CUX+2:USD:9'
LIN+1++{item}:EN'
PIA+1+V{vendor}{first:03}:SA'
IMD+F++:::Tote bag no. {first}'
QTY+21:3:PCE'
PRI+AAA:{dollars}.98'
LIN+2++{other}:EN'
PIA+1+V{vendor}{second:03}:SA'
IMD+F++:::Kettle no. {second}'
QTY+21:1:PCE'
PRI+AAA:21.50'
UNS+S'
CNT+2:2'
UNT+27+{number}'
"""


def x12_file(path: Path, sets: int) -> None:
    """One interchange with so many 850s."""
    with path.open("w", encoding="ascii", newline="") as file:
        file.write(_ISA + _GS)
        file.writelines(_filled(_SET, number) for number in range(1, sets + 1))
        file.write(f"GE*{sets}*1~\nIEA*1*000000001~\n")


def edifact_file(path: Path, messages: int) -> None:
    """One interchange with so many ORDERS."""
    with path.open("w", encoding="ascii", newline="") as file:
        file.write(_UNB)
        file.writelines(_filled(_MESSAGE, number) for number in range(1, messages + 1))
        file.write(f"UNZ+{messages}+1'\n")


def _filled(text: str, number: int) -> str:
    first = number // 20 % 20
    return text.format(
        number=number,
        vendor=700 + number % 20,
        house=1 + number % 300,
        first=first,
        second=(first + 7) % 20,
        dollars=8 + number % 90,
        item=4006381000000 + number % 1000,
        other=4006381001000 + number % 1000,
    )
