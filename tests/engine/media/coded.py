"""A quarter of a second of 1,000 Hz at half of full loudness, 8,000 samples a second, mono, as
libsndfile codes it; compressed once more, in base64."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

CODED = {
    "flac": (
        "eNpL80l0ZmBgUBJgEGBgYDMGIsYvDB8YGNgvpL1lXvFCkLHObZdW0uTMjUEtDAwaCkClRalpqUWpecmpCjmZSW4+"
        "js4KhnomesYKRgZGxgZmRsZAJQz/f5RwMLCfn+vGwKDr6ADEW9a6MKy1Z2CYWPAxyyhnToxNVM9sdXF+scVqJ48e"
        "Prri5KbCUYlRiVGJUYlRiREoEVFvCgAJWQfO"
    ),
    "mp3": (
        "eNr7/9jjCAMMRGTmpQMpfiBmAyIDBnc0UIgOGtBAHzr4iA7+owGgXTY+jr6uxnqGBgYsGjCniHKoMBcoMjCeAblj"
        "vrH1aoaBAf8fRxxhUNxpdi7e0YJxkreuw+nyBwyGPckSxw4AZZnOABk2QMaeZIn7Exj4//LY/Kt8ZKHPwMDBziL9"
        "xx3oP+cDPD8Ykv8fBilnOAwESAx7lsT/MypAfIkKIAAZaPABCEAiyIyPD4A0B1DL3wYG/v9yFnxsHIyOiwLqxR7u"
        "yZt86ZNd5/f/s1SW/DNpDwjpEbz8/4nEX3WlWwadgmaC9/9LPGRtFuRyMdIwDzlyZZamaEf+w4vM2YwNTAwB3Ax8"
        "bAwTWBQSpBgmsXEdYFVIEGXQS/LrC/RIay1hE8uUkW9mEGhs4GGwKHHMOFhwWEphRdPiFTGHnik+01CZvGhX/E9e"
        "mYtnNQWTdJJcPVZOrNiTMrNUVDXK1P7/jOney1wffTq9YqXKtF6pSYu6pky61v//+ZQ4v85jM5ZqKnUapaQsmRSl"
        "sWSSx6IuT5UkbmA4Wxy5YrK76JZk/65G/v//NiaJLFs7VVALnjRWEQMYeP//F3cVke2Z9758+QGDby9Npu57N2ma"
        "IuOZmermk6W0srKzV5hwLMvcMX3FcgEHJa/ZVj4llTNPXThe0LFdISGEg9OrocDHI6zhaF/uTcWD39sWH57b7BLB"
        "vC4tiJHX+oPziiuKeQ87P4jO+NSR2M0wdcY5Yc1mQ0OJp1NvqDBOvtPCLHtNJYGFRUdw56bSkvhgRgNGDrf/jyWO"
        "nGE6qfcl8UAG03STA1sYfGQYSg62cPYoHU44IBDmY92+4uiESh93BoUDE/hPLQhI4OFTY31gk/BAUI1v0YGEVWJs"
        "QgtM2l6DzDnL5Kj1IdEhg8lO4++WHy2buq5suFRiwPPy3IkjG/b52HYFHGwI5ql2jDl2gbcngfXKYZ0YHm7XkgM3"
        "JHxYGLYocDI3aBwQ+f+44sj/us+HuiLnfFBhneCnyMSwglF7u4kFo4T0eX77NbIqd7i0JDKXMTEdOSwg3GPkKHLo"
        "jBqPXNMaLlE25ocSCe+41AQbZiR84VrGm/AgwYRPM+gFDwPXtv0Tt4XKBzwL5T0i7XEvZLLB7/M6wBwj0hJtoMNe"
        "zOIQYJDKcpm1QMMgjmUzU4GXgSFbMpOBr4EXy2LmA6wGoUyHmQ7oGxixTmZw8GjLEO/27HEsuRo9uVW72fDUkU1t"
        "8cob8/SDirr+qgTt3f3Nh8PhyAzuMzwNKgdqmHo4HC5M4T7D0rBDhImRYQsfizATgzZXY2CDhmiTg8wMIS5GngM1"
        "HD0MDfOUea70vZ+0YmrFt9ilU670XT1EfMoiLQ0OTgBKP8CCnvkPI7D8ocAcAA0YpEA="
    ),
    "ogg": (
        "eNq9Vn1QU9kVv0GQAJGJGNmIuJsg0TwwSqisBrszEMQlLwj4IhKScbomZDEkoBLijm6doRLQZbMuiy8RLTp85GVM"
        "IFFSkh1jS62aqMhkaITggh/YqXxFt850tnZqZ7b3BV3ttP+2d+a9d8753XPuOeeee94tra6WgCjwemzPnK4lv6zJ"
        "5l2U9ymHD9Qr1DpSQMn7YHHGQcXi9yyllNQE72pS4PfG9GA4Qfbjm+FesmhjM4Sk6oP7N5bWV7O0asWeiJQlYmVn"
        "ZWdlbcnazOJiqiq9Ul1XzSqsO6yuP1BXq6prQEiTSfApLCko3V6IfQRVdXVVn6q1KkrMouUkYcEeOIsCaBiDzVkl"
        "QZVUE4YhMWuUZfKP1yjHBDvYVXTJSdEq4vPSDJMUvb0ckyKFayTFEpEJM0NKyZAUsSUhvqpbxxC3iOI42p3OhmTx"
        "3Fmlmb9jjTIgQ88rQ3w4D8NE3Tpm7qecKkbuDt+c4pdZuaYeIXfo1iNsntfcKm/93USKJMwzMMXqP1D36Z67xx+g"
        "NT6m0sj3+/4k4R4fbSsn/QR50ZSIz/EAXC+jFe5qJIG8paARMAoPMW4dSv24Pf1uVGRKHiD3hnvqCbd9rai9qtKs"
        "qjRbj5gvXrFveuXcGHY+X/AmGlr6o8FtAJgt7BOPRCNtkjbROqR8REDt/iFR8JRRFcT8HQrjrkCbhMaP4beMIs30"
        "sRIBQUujFhSdrwqwxB/NTStmt9JTXGngJFzNmG9k+9t0NHQpu/6U6DZre0CAnMeLUa5j0CyK45lCabOdeAm6jhhM"
        "xu5a8JAwMwaA6K3wkVKbW/qpoAcAelMbVoTcxBUl/BM4dgq51YaNCHwd9Ub+HGv3CP92qqEI8TF1JYIZVhUtYybV"
        "QMsm9zARPsnCbnZmVONWCmhKV58j1D371ee4R60X7T1cu/3pEev8Wav9aI/NbrV7nTa7U3vkgppELyB2O2Q1dnu4"
        "1V5z19o36Zm3e54Nu+quuvqnLtiHPTavq87urL3q0oadG6a8fz5iXzhrDR+1znvt4UnXgtf1HLKt9swpa3jYFR72"
        "OIZdTg1Ee/omnVD3+TCp2//KGl7wLAx7ncOu76c8zlcuR8LVOa/HOex09rn6wy5e2KOdEt756+7xn+2c+KH4nr58"
        "wl07rq+VQzZnb4W5cFyvGjfp9+pV8pcQ3VlhUt0rV1WaVA8PqyrOFMLJ5eZjEP3FmdqHL1WVE8fu6fVyk2qqQlX5"
        "UrX3ZXPlt8ceSsrlW/ZWTOycGD8mnzi2z1P7+D3Iln8Xai436x+Hjqk69OezvNAhz7OwfUN4yBn2Z4W9Wf3e2n86"
        "HQk3+sL+ASh8MPR1zdTQiwUP/7feutSrl1f//vkr/4DNXvtrZ1/Ymhn2asNDB8LeQ0bI2je88i4Mk+yL8NAmWm94"
        "wZtx13t50nXprncj7apz9Y2aqevfT3oPjrg20r79S+atSwkF457mJ+P63r4p/4GEG8Eth4cAaKTEwipfMZz3ZouX"
        "sqkrlfQMP8tAx+LZlt38pWxlIupPxemoiI0HIVAFSzD1NB3db8NHUS5BlKHibjyE1fCsYzJa9yADVTvwoKwG8Yxh"
        "Wmgqe9YCNbjE4B5UjeiKUX+XJVGYQViCqMihCojudPUGBUU2SxAT2dxlqAaaQtEBIojWOnwpqJpnCcogMIbVOtyy"
        "tXBxY/6dztMYKrLBNWY68cTcjLNN7ShiM7Vj/R2ng/lcTpMRFRHudjRz0VQzJtM4xjswcQ7eDk354BoOd4okM6e5"
        "DEuAJwa6696jqeF5yoSabkuyOIPvTlbCxZkQsCTJEZsvWf6Vwy2ViHPM7QqtY/w+yhOEZBqUFwpiRoe7Q158xSfV"
        "LONETEGvUIcvJHOQi2cMmNplpIbMmIMHFQjibkO10JRcm2M1K7QD41LsS75fqhO7x3HZlxAQZ+b4mZq6nKcYANca"
        "l4C8xjhV12ibCeQxAPiEpjTm72fUjwiQr7CAYD1HlyikIqpAPpVNBARUYnBMENuN40IEIRhyLocIyTYA0HWNAljX"
        "lu78wkeJX1YZB7ZD1s/1MQ1+FsFsGmX2MuBmE0xoimAoA/m3mbpAPrIKUus5BroQIeCLS+CwB8WnwsanHcWlqdCh"
        "lZRFhxQ0fgurActFlhuK0fXEN0myBERlRls5/hHZF46b94viHM2hbA3HH1TscNyUKjIAeAYdenZNyN1cxQFtsSCP"
        "9CAgqKYrYHtkb6byYeeB1ddJxrYSArFsQ0AwC4tRONupowup3U3wReBBGLQBQ+dZEScbSADHYPfOOAgA9fKuKt3x"
        "b7pgu44CR2CJ81GYLGIH4mdZGHIyYKzGoaAJ4T5JYXUTIcUzlmVMZnQfhgDPLysgAU2ABPpzJkhg5sHnJKALXAHg"
        "QUwsuLxkdeGH65lxGW+CgIaVRsEJXGHkz3YWoHx/hy6A+GEuBbMkAF0nAciSgCBCzXY1tZHUaP4cyVLZDVAGY/9v"
        "QTwhg8AxFCHg62LvayqKTbyR/a9fpn8XAdbj+FjwY+zqaqkoNzN12UYyD3T4q2DeYBqMZLJb+FSioQQVcXKM+VxC"
        "lwS1mkZlNfDUY+gqA65IYJtwWTzsCRrE5sYxLuJLEaM2IpQ9m25pl4kdng5BLGEJyWocProQHXCHMM2AHv7tHe6Q"
        "rJZnwWUanj+k0HIIs0xjg8et2OZOlotJmdjhu6+ApyolAUzXHQSNRZcPtZgsv7n+x+lIKtkUEJ2NwsSTdcTGWvlw"
        "H0hqO8qfWZQZ4FaRZQUrqi1SjaQMy4WyMjSOjH82IiOpOPbi8YDRQep1djg/yYi3FP6WSorUamTyopWIGpcs5wgV"
        "x/kp0ex3Ug4al5Cdeu1ceu9wmnbzk+tL6IC8ikQVg19Rjh/fRY0yLKdG7n1U8HcAiuIbT57cP0NLpCcxkpkpqe+z"
        "0tLBOyM6cleMHo19e1ckr5zbXlSkx6UkL451Fx6v+K7uw08uxRQ1FCTEg2uZo6HQ33o+gjrW6XDptnbQeGtbRL3s"
        "vSCp/X+Xfv2f0nOPVlQe2AQaz3wGwD8umOfjr+dL06Z+XhOZw3qyZ9/QB3t7P/sX9meRxw=="
    ),
}


def coded(folder: Path, form: str) -> Path:
    path = folder / f"tone.{form}"
    path.write_bytes(zlib.decompress(base64.b64decode(CODED[form])))
    return path
