import { useQueries } from "@tanstack/react-query";
import { Button } from "antd";
import { LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { listUnits } from "@/api/methods";
import { DataTable } from "@/ui/DataTable";
import { dayOf } from "@/ui/days";
import { useLook } from "@/ui/look";
import { sayNumber } from "@/ui/numbers";
import { Bone } from "@/ui/states";
import { palette } from "@/ui/theme";

echarts.use([LineChart, GridComponent, TooltipComponent, AriaComponent, CanvasRenderer]);

/** Today and the ends of the eleven months before it. */
function monthEnds(now: Date): string[] {
  const ends = Array.from({ length: 11 }, (_, back) =>
    dayOf(new Date(now.getFullYear(), now.getMonth() - 10 + back, 0)),
  );
  return [...ends, dayOf(now)];
}

interface Point {
  day: string;
  people: number;
}

/** How many people the unit and those below it had over the last year; the figures are one click away. */
export default function Trend({ unitId }: { unitId: string }) {
  const { t } = useTranslation();
  const [days] = useState(() => monthEnds(new Date()));
  const [table, setTable] = useState(false);
  const points = useQueries({
    queries: days.map((asOf) => ({
      queryKey: [listUnits.rpc, { asOf }],
      queryFn: ({ signal }: { signal: AbortSignal }) => call(listUnits, { asOf }, signal),
      staleTime: 600_000,
    })),
    combine: (results) => ({
      ready: results.every(({ isSuccess }) => isSuccess),
      points: results.map(({ data }, index): Point => ({
        day: days[index] ?? "",
        people: data?.units?.find((unit) => unit.unitId === unitId)?.peopleBelow ?? 0,
      })),
    }),
  });
  if (!points.ready) return <Bone height={180} />;
  return (
    <div>
      {table ? (
        <DataTable<Point>
          label={t("organization.trend")}
          rows={points.points}
          keyOf={({ day }) => day}
          columns={[
            { key: "day", title: t("organization.day"), cell: ({ day }) => <span className="number">{day}</span> },
            {
              key: "people",
              title: t("organization.peopleBelow"),
              number: true,
              cell: ({ people }) => sayNumber(people),
            },
          ]}
        />
      ) : (
        <Chart points={points.points} label={t("organization.trend")} />
      )}
      <Button size="small" type="link" style={{ paddingInline: 0 }} onClick={() => setTable(!table)}>
        {table ? t("organization.asPicture") : t("organization.asTable")}
      </Button>
    </div>
  );
}

function Chart({ points, label }: { points: readonly Point[]; label: string }) {
  const place = useRef<HTMLDivElement>(null);
  const look = useLook();
  useEffect(() => {
    if (!place.current) return;
    const chart = echarts.init(place.current);
    const grey = look === "dark" ? "#9eaabb" : "#596577";
    chart.setOption({
      aria: { enabled: true },
      animation: false,
      grid: { left: 8, right: 40, top: 16, bottom: 8, containLabel: true },
      tooltip: { trigger: "axis" },
      xAxis: {
        type: "category",
        data: points.map(({ day }) => day.slice(0, 7)),
        axisLabel: { color: grey },
        axisTick: { show: false },
      },
      yAxis: { type: "value", minInterval: 1, axisLabel: { color: grey }, splitLine: { lineStyle: { opacity: 0.25 } } },
      series: [
        {
          name: label,
          type: "line",
          data: points.map(({ people }) => people),
          color: palette[0],
          symbolSize: 6,
          // The last value says itself; the others are in the tooltip and the table.
          endLabel: { show: true, color: grey, formatter: "{c}" },
        },
      ],
    });
    const resize = new ResizeObserver(() => chart.resize());
    resize.observe(place.current);
    return () => {
      resize.disconnect();
      chart.dispose();
    };
  }, [points, label, look]);
  return <div ref={place} style={{ height: 180 }} role="img" aria-label={label} />;
}
