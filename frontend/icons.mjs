// The icons (Tabler outline names) that pages and declarations may name; add the name of the one that you need.
export const icons = `
activity adjustments alarm alert-circle alert-octagon alert-triangle ambulance anchor antenna apple archive arrow-down arrow-left
arrow-right arrow-up arrows-sort award ban barcode battery bell bell-off bolt book books box briefcase broadcast bug building
building-bank building-community building-factory building-factory-2 building-hospital building-store bulb bus calendar calendar-event
camera car certificate chart-bar chart-donut chart-dots chart-line check checklist chevron-down chevron-left chevron-right chevron-up
circle circle-check circle-dashed circle-minus circle-x clipboard clipboard-check clipboard-list clock clock-exclamation cloud code coin
coins cpu credit-card dashboard database device-desktop device-mobile devices dots dots-vertical download droplet droplet-off edit
exclamation-circle external-link eye eye-off file file-certificate file-spreadsheet file-text files filter fingerprint fish flag flame
flask folder forklift gauge gavel geometry git-branch grain heart heart-rate-monitor heartbeat help help-circle history home id
inbox info-circle key language layout-dashboard layout-grid leaf link list list-check list-details loader lock lock-open login logout
mail map map-2 map-pin medical-cross menu-2 message message-circle meat microphone minus moon mood-smile mountain movie network news
notes package packages palette paper-bag paperclip password pencil phone photo pill plane plant plant-2 player-pause player-play
player-stop plug plug-connected plug-connected-x plug-x plus point power printer progress progress-check qrcode question-mark
radar receipt recycle refresh report report-analytics report-medical road robot rocket route rss rubber-stamp run satellite scale
scan school search selector send server settings share shield shield-check shield-lock shield-x ship shopping-cart shovel signature
sitemap smoking-no snowflake sort-ascending sort-descending speakerphone stack star stethoscope subtask sun switch table tag target
temperature thumb-up timeline timeline-event tool tools traffic-cone traffic-lights train trash trending-down trending-up tree truck
truck-delivery umbrella upload urgent user user-check user-circle user-plus user-x users users-group vaccine vector video viewfinder
volcano wall wallet wash-machine wave-sine weight wifi wifi-off wind world writing x zoom-in
`.trim().split(/\s+/);
